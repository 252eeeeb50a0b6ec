import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failAt } from '../../support/crashes/fail-at.ts';
import { expireLeases, killWorkers, startWorker } from '../../support/crashes/worker-process.ts';
import {
  canonical,
  patchesArbitrary,
  patchSerially,
  readPatchLedger,
  readUsers,
  submitPatch,
  type User,
} from '../../support/data/patches.ts';
import { type Bench, openBench } from '../../support/engine.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});

/** Some hundred lines, always the same, in which users are made, linked, changed and mistaken. */
const lines = fc.sample(patchesArbitrary, { seed: 7, numRuns: 40 }).flat();
/** Small chunks and slices, so that there is a middle to crash in. */
const ENV = { OPENBULK_CHUNK_ROWS: '40', OPENBULK_SLICE_MS: '50' };

test.for(['before-commit=kill@4', 'after-commit=kill@4', 'before-finish=kill', 'after-finish=kill'])(
  'a worker killed in the middle of a patch (%s) leaves what another ends as if nothing had happened',
  { timeout: 120_000 },
  async (failpoint) => {
    const organization = await bench.organization(failpoint.replace(/[^a-z0-9]+/g, '-'));
    const users: User[] = [];
    const expected = patchSerially(lines, users);
    const task = await submitPatch(bench, organization, lines.join('\n'));
    const killed = startWorker(bench, { ...ENV, ...failAt(failpoint) });
    expect((await killed.exited()).signal).toBe('SIGKILL');
    await expireLeases(bench);
    const other = startWorker(bench, ENV);
    const done = await bench.finished(task, 60_000);
    other.kill('SIGKILL');
    await other.exited();
    expect(done.status).toBe('completed');
    expect(done.counters).toEqual({
      items: lines.filter((line) => line.trim() !== '').length,
      inserts: expected.inserted.length,
      updates: expected.updated.length,
      deletes: 0,
      skips: expected.skipped.length,
      errors: expected.errored.length,
    });
    expect(await readPatchLedger(bench.pool, done)).toEqual(expected);
    expect(await readUsers(bench.pool, organization)).toEqual(users.map(canonical).sort());
  },
);
