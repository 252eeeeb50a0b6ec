import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { generate } from '../../../examples/generate.ts';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import type { Task } from '../../../src/task/task.ts';
import { killWorkers, startWorker } from '../../support/crashes/worker-process.ts';
import { type Bench, openBench } from '../../support/engine.ts';

afterAll(() => killWorkers());

const HEADER = 'basic.name,basic.type,identifiers.serialNumber\n';

function rows(count: number): string {
  const run = randomBytes(4).toString('hex');
  return HEADER + Array.from({ length: count }, (_, i) => `Item ${i},laptop,${run}-${i}\n`).join('');
}

async function onBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await openBench();
  try {
    await work(bench);
  } finally {
    killWorkers(bench);
    await bench.close();
  }
}

async function look(bench: Bench, task: Task): Promise<Task> {
  return (await findTask(bench.pool, task.organizationId, task.id)) as Task;
}

test('ten rows of one organization do not wait for a million rows of another, with two workers', async () => {
  await onBench(async (bench) => {
    startWorker(bench);
    startWorker(bench);
    const big = await bench.submit(
      await bench.organization('many-rows'),
      'import-inventory-items',
      Buffer.from([...generate(1_000_000)].join('')),
    );
    while ((await look(bench, big)).counters.items === 0) await sleep(50);
    await sleep(1_000);
    const small = await bench.submit(await bench.organization('few-rows'), 'import-inventory-items', rows(10));
    const done = await bench.finished(small, 15_000);
    expect(done.counters.inserts).toBe(10);
    const other = await look(bench, big);
    expect(other.status).toBe('running');
    expect(other.counters.items).toBeLessThan(1_000_000);
  });
}, 120_000);

test('ten rows of one organization do not wait for a thousand tasks of another, with one worker', async () => {
  await onBench(async (bench) => {
    const busy = await bench.organization('many-tasks');
    for (let i = 0; i < 1_000; i += 1) await bench.submit(busy, 'import-inventory-items', rows(200));
    startWorker(bench);
    while ((await finishedTasks(bench, busy)) < 3) await sleep(20);
    const small = await bench.submit(await bench.organization('one-task'), 'import-inventory-items', rows(10));
    await bench.finished(small, 10_000);
    expect(await finishedTasks(bench, busy)).toBeLessThan(500);
  });
}, 120_000);

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

async function finishedTasks(bench: Bench, organization: string): Promise<number> {
  const { rows: counted } = await bench.pool.query(
    `select count(*) as n from tasks where organization_id = $1 and status = 'completed'`,
    [organization],
  );
  return counted[0].n;
}
