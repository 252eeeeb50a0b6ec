import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../../src/embedded/start.ts';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { killWorkers, startWorker } from '../../support/crashes/worker-process.ts';
import { generated, ledgerOutcomes, storedNames } from '../../support/data/generated.ts';
import { openBench } from '../../support/engine.ts';

test('an import is exact although PostgreSQL is killed and restarted in its middle, twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openbulk-restart-'));
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  const bench = await openBench(postgres.url);
  const file = generated(40_000);
  try {
    const task = await bench.submit(await bench.organization('restart'), 'import-inventory-items', file.csv);
    const worker = startWorker(bench, { OPENBULK_CHUNK_ROWS: '250' });
    for (const from of [1, 12_000]) {
      while ((await itemsDone()) < from) await sleep(20);
      const pid = Number((await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      await sleep(200);
    }
    const done = await patiently(() => bench.finished(task, 90_000));
    expect(done.status).toBe('completed');
    expect(await ledgerOutcomes(bench.pool, done)).toEqual(file.outcomes);
    expect(await storedNames(bench.pool, done.organizationId)).toEqual(file.records);
    expect(worker.process.exitCode).toBeNull();

    async function itemsDone(): Promise<number> {
      return patiently(async () => (await findTask(bench.pool, task.organizationId, task.id))?.counters.items ?? 0);
    }
  } finally {
    killWorkers(bench);
    await bench.close();
    await postgres.release();
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);

/** Asks again while the database is away. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 300) throw error;
      await sleep(100);
    }
  }
}
