import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import type { Task } from '../../../src/task/task.ts';
import { csvOf, type Law, openLaw, outcomesOf } from '../../support/adopted/law.ts';
import { failAt } from '../../support/crashes/fail-at.ts';
import { killWorkers, startWorker } from '../../support/crashes/worker-process.ts';

/** Workers that stand still around the commit in another database for longer than their lease, and then go on. */
let law: Law;

beforeAll(async () => {
  law = await openLaw();
});
afterAll(async () => {
  killWorkers(law.bench);
  await law.close();
});

test.each(['before-hold', 'before-theirs', 'after-theirs'])(
  'an import elsewhere is exact although its worker is stopped at %s, and wakes up after another has taken the task',
  async (place) => {
    const rows = Array.from({ length: 60 }, (_, index) => ({
      ...{ key: `K${index}`, mark: `M${index}`, amount: '1' },
      parent: index % 3 === 2 ? 'P3' : 'P1',
    }));
    const { organizationId, table } = await law.adopt(false);
    const task = await law.bench.submit(organizationId, 'import-goods', csvOf(rows), { override: true });
    const env = { ...law.env, OPENBULK_CHUNK_ROWS: '5', OPENBULK_SLICE_MS: '100' };
    const zombie = startWorker(law.bench, { ...env, ...failAt(`${place}=stop@4`) });
    const now = async () => (await findTask(law.bench.pool, organizationId, task.id)) as Task;
    await expect.poll(async () => (await now()).counters.items, { timeout: 60_000 }).toBe(15);
    await sleep(2_000);
    const worker = startWorker(law.bench, { ...env, OPENBULK_CHUNK_ROWS: '4' });
    const done = await law.bench.finished(task, 120_000);
    zombie.kill('SIGCONT');
    await expect.poll(zombie.log, { timeout: 30_000 }).toMatch(/a slice failed|dropped a task|cannot be reached/);
    expect(zombie.process.exitCode).toBeNull();
    for (const process of [zombie, worker]) process.kill('SIGKILL');
    const outcomes = await outcomesOf(law.bench, done);
    expect(rows.map((_, index) => outcomes.get(index + 2))).toEqual(
      rows.map(({ parent }) => (parent === 'P3' ? 'reference_missing' : 'inserted')),
    );
    for (const from of [table, `${table}_log`])
      expect((await law.there.pool.query(`select from public.${from}`)).rowCount).toBe(40);
    expect((await now()).version).toBe(done.version);
  },
  300_000,
);
