import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { generate } from '../../../examples/generate.ts';
import type { Task } from '../../../src/task/task.ts';
import { killWorkers, startWorker } from '../../support/crashes/worker-process.ts';
import type { Bench } from '../../support/engine.ts';
import { finishedTasks, look, onBench, rows } from '../../support/turns.ts';

afterAll(() => killWorkers());

test('small tasks of one organization share a turn beside the large imports of another', async () => {
  await onBench(async (bench) => {
    const busy = await bench.organization('three-imports');
    for (let i = 0; i < 3; i += 1) {
      await bench.submit(busy, 'import-inventory-items', Buffer.from([...generate(200_000)].join('')));
    }
    startWorker(bench);
    while ((await claims(bench, busy)) === 0) await sleep(20);
    const organization = await bench.organization('fifty-tasks');
    const tasks: Task[] = [];
    const before = await claims(bench, busy);
    for (let i = 0; i < 50; i += 1) tasks.push(await bench.submit(organization, 'import-inventory-items', rows(3)));
    for (const task of tasks) await bench.finished(task, 60_000);
    // One for each, when turns were counted.
    expect((await claims(bench, busy)) - before).toBeLessThan(40);
    expect(await finishedTasks(bench, busy)).toBeLessThan(3);
  });
}, 120_000);

/** How often a worker took up one of an organization's tasks. */
async function claims(bench: Bench, organization: string): Promise<number> {
  const { rows: counted } = await bench.pool.query(
    'select coalesce(sum(lease_token), 0)::bigint as n from tasks where organization_id = $1',
    [organization],
  );
  return counted[0].n;
}

test('the tasks of one organization take turns too', async () => {
  await onBench(async (bench) => {
    const organization = await bench.organization('one-org');
    const long = await bench.submit(
      organization,
      'import-inventory-items',
      Buffer.from([...generate(300_000)].join('')),
    );
    startWorker(bench, { OPENBULK_SLICE_MS: '200' });
    while ((await look(bench, long)).counters.items === 0) await sleep(20);
    const short = await bench.submit(organization, 'import-inventory-items', rows(10));
    await bench.finished(short, 15_000);
    expect((await look(bench, long)).status).toBe('running');
  });
}, 120_000);

test('a task submitted while its organization has a turn waiting is not forgotten', async () => {
  await onBench(async (bench) => {
    const organization = await bench.organization('eager-org');
    startWorker(bench);
    startWorker(bench);
    // Submissions race with claims; one that loses its turn would wait for housekeeping, 5 s later.
    for (let round = 0; round < 40; round += 1) {
      const tasks = await Promise.all(
        Array.from({ length: 4 }, () => bench.submit(organization, 'import-inventory-items', rows(3))),
      );
      const start = Date.now();
      await Promise.all(tasks.map((task) => bench.finished(task)));
      if (round > 0) expect(Date.now() - start).toBeLessThan(4_000);
    }
  });
}, 120_000);
