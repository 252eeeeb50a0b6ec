import { afterAll, beforeAll, expect, test } from 'vitest';
import { killWorkers, startWorker } from '../../support/crashes/worker-process.ts';
import { generated, ledgerOutcomes, storedNames } from '../../support/data/generated.ts';
import { type Bench, openBench } from '../../support/engine.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});

test.for([false, true])(
  'imports of the same keys at the same time insert each record once (override %s)',
  { timeout: 120_000 },
  async (override) => {
    const organization = await bench.organization(`race-${override}`);
    const file = generated(8_000);
    const tasks = await Promise.all(
      [1, 2, 3].map(() => bench.submit(organization, 'import-inventory-items', file.csv, { override })),
    );
    for (let i = 0; i < 3; i += 1) startWorker(bench, { OPENBULK_CHUNK_ROWS: '200', OPENBULK_SLICE_MS: '200' });
    const done = await Promise.all(tasks.map((task) => bench.finished(task, 90_000)));
    for (const task of done) {
      expect(task.status).toBe('completed');
      expect(new Set((await ledgerOutcomes(bench.pool, task)).keys())).toEqual(new Set(file.outcomes.keys()));
    }
    expect(done.reduce((sum, task) => sum + task.counters.inserts, 0)).toBe(file.records.size);
    expect([...(await storedNames(bench.pool, organization)).keys()].sort()).toEqual([...file.records.keys()].sort());
  },
);
