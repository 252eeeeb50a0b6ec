import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelTask } from '../../../src/service/control/cancel-task.ts';
import { deleteTask } from '../../../src/service/control/delete-task.ts';
import { pauseTask } from '../../../src/service/control/pause-task.ts';
import { resumeTask } from '../../../src/service/control/resume-task.ts';
import { getTask } from '../../../src/service/tasks/get-task.ts';
import type { Task } from '../../../src/task/task.ts';
import { generated, ledgerOutcomes, storedNames } from '../../support/data/generated.ts';
import { asked, type Bench, openBench, somebody } from '../../support/engine.ts';

let bench: Bench;
const file = generated(6_000);
const SMALL = { chunkRows: 100, sliceMilliseconds: 50 };

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

async function underWay(task: Task): Promise<void> {
  while ((await getTask(bench, task)).counters.items === 0) await sleep(5);
}

test('a paused task stands still, and goes on to the same end when it is resumed', async () => {
  const task = await bench.submit(await bench.organization('pause'), 'import-inventory-items', file.csv);
  await bench.working(async () => {
    await underWay(task);
    const paused = await pauseTask(bench, asked(task));
    expect(paused.status).toBe('paused');
    await bench.othersServed();
    expect((await getTask(bench, task)).counters).toEqual(paused.counters);
    expect((await resumeTask(bench, asked(task))).status).toBe('running');
    const done = await bench.finished(task);
    expect(await ledgerOutcomes(bench.pool, done)).toEqual(file.outcomes);
    expect(await storedNames(bench.pool, task.organizationId)).toEqual(file.records);
  }, SMALL);
});

test('a task paused before it started is pending again when it is resumed', async () => {
  const task = await bench.submit(
    await bench.organization('early'),
    'import-inventory-items',
    'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n',
  );
  await pauseTask(bench, asked(task));
  await bench.working(async () => {
    await bench.othersServed();
    expect((await getTask(bench, task)).status).toBe('paused');
    expect((await resumeTask(bench, asked(task))).status).toBe('pending');
    expect((await bench.finished(task)).counters.inserts).toBe(1);
  });
});

test('a cancelled task writes nothing more, keeps what was done, and says who cancelled it', async () => {
  const task = await bench.submit(await bench.organization('cancel'), 'import-inventory-items', file.csv);
  await bench.working(async () => {
    await underWay(task);
    const cancelled = await cancelTask(bench, asked(task), somebody);
    expect(cancelled).toMatchObject({
      status: 'cancelled',
      error: { code: 'cancelled', message: 'Cancelled by Test.', by: 'Test' },
    });
    await bench.othersServed();
    expect((await getTask(bench, task)).counters).toEqual(cancelled.counters);
    const outcomes = await ledgerOutcomes(bench.pool, task);
    expect(outcomes.size).toBe(cancelled.counters.items);
    expect((await storedNames(bench.pool, task.organizationId)).size).toBe(cancelled.counters.inserts);
    await expect(cancelTask(bench, asked(task), somebody)).rejects.toMatchObject({ code: 'conflict' });
    await expect(resumeTask(bench, asked(task))).rejects.toMatchObject({ code: 'conflict' });
    await expect(pauseTask(bench, asked(task))).rejects.toMatchObject({ code: 'conflict' });
  }, SMALL);
});

test('only a task that is over can be deleted, and its file goes with it', async () => {
  const task = await bench.submit(
    await bench.organization('delete'),
    'import-inventory-items',
    'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n',
  );
  await expect(deleteTask(bench, asked(task))).rejects.toMatchObject({ code: 'conflict' });
  const done = await bench.working(() => bench.finished(task));
  await deleteTask(bench, asked(task));
  await expect(getTask(bench, task)).rejects.toMatchObject({ code: 'not_found' });
  const { rows } = await bench.pool.query('select from task_chunks where task_id = $1', [task.id]);
  expect(rows).toEqual([]);
  const source = bench.files.source(done.file?.key as string, 1);
  await expect(source.open()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'FileMissingError' });
  expect((await storedNames(bench.pool, task.organizationId)).size).toBe(1);
});

test('a task whose file is gone fails and says so', async () => {
  const task = await bench.submit(
    await bench.organization('gone'),
    'import-inventory-items',
    'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n',
  );
  await bench.files.remove(task.file?.key as string);
  const done = await bench.working(() => bench.finished(task));
  expect(done.error?.code).toBe('file_missing');
});
