import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deleteTask } from '../../src/service/control/delete-task.ts';
import { setRetention } from '../../src/service/platform/retention-periods.ts';
import { announceFiles } from '../../src/store/files/files.ts';
import { holdTask } from '../../src/store/platform/retention.ts';
import { findTask } from '../../src/store/tasks/tasks.ts';
import { firstIdOf } from '../../src/task/ids.ts';
import { statuses } from '../../src/task/lifecycle.ts';
import { origins } from '../../src/task/origins.ts';
import { clear, inDays, standing, storeFile, storeTask, sweep } from '../support/data/retention.ts';
import { storedFiles } from '../support/data/stored-files.ts';
import { asked, type Bench, openBench } from '../support/engine.ts';

let bench: Bench;
let organizationId: string;
let count = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  await clear(bench);
  count += 1;
  organizationId = await bench.organization(`org-${count}`);
});

const CSV = 'basic.name,basic.type,identifiers.serialNumber\nOne,laptop,S1\n,laptop,S2\n';

test('a task that is over keeps its results for 30 days, its summary for 30 more, and its records for good', async () => {
  const submitted = await bench.submit(organizationId, 'import-inventory-items', CSV);
  const task = await bench.working(() => bench.finished(submitted));
  const key = task.file?.key as string;

  expect((await sweep(bench, 29.9)).done).toEqual({
    results: 0,
    summaries: 0,
    idempotencyKeys: 0,
    unfinishedUploads: 0,
    strayFiles: 0,
    files: 0,
    signIns: 0,
    sorts: 0,
    markers: 0,
  });
  expect(await findTask(bench.pool, organizationId, task.id)).toEqual(task);
  expect(await storedFiles(bench)).toEqual([key]);

  expect((await sweep(bench, 30.1)).done).toEqual({
    results: 1,
    summaries: 0,
    idempotencyKeys: 0,
    unfinishedUploads: 0,
    strayFiles: 0,
    files: 1,
    signIns: 0,
    sorts: 0,
    markers: 0,
  });
  expect(await storedFiles(bench)).toEqual([]);
  expect(await findTask(bench.pool, organizationId, task.id)).toBeUndefined();
  const summary = await findTask(bench.pool, organizationId, task.id, { history: true });
  const { file: _, ...rest } = task;
  expect(summary).toEqual({
    ...rest,
    planned: false,
    version: expect.any(Number),
    purgedAt: expect.any(Date),
    historizedAt: expect.any(Date),
  });
  expect(summary?.version).toBeGreaterThan(task.version);
  const { rows: left } = await bench.pool.query('select from task_chunks union all select from files');
  expect(left).toHaveLength(0);

  // From the purge on, which was after 30.1 days.
  expect((await sweep(bench, 60)).done).toMatchObject({ results: 0, summaries: 0 });
  expect((await sweep(bench, 60.2)).done).toMatchObject({ results: 0, summaries: 1 });
  expect(await findTask(bench.pool, organizationId, task.id, { history: true })).toBeUndefined();
  const { rows: records } = await bench.pool.query('select key from inventory_items');
  expect(records).toEqual([{ key: 'identifiers.serialNumber:S1' }]);
});

test('every organization and every dialect has its own periods', async () => {
  const other = await bench.organization(`other-${count}`);
  const mine = Object.fromEntries(
    await Promise.all(origins.map(async (origin) => [origin, await storeTask(bench, organizationId, { origin })])),
  );
  const theirs = await storeTask(bench, other, { origin: 'actions' });
  await setRetention(bench, organizationId, { origin: 'actions', days: { results: 2, summary: 0 } });
  await setRetention(bench, organizationId, { origin: 'task-v2', days: { results: 2, summary: 500 } });
  await setRetention(bench, organizationId, { origin: 'activityid', days: { results: 500, summary: 0 } });

  await sweep(bench, 2.1);
  expect(await standing(bench, organizationId)).toEqual({
    whole: [mine.organizations, mine.activityid].sort(),
    summaries: [mine['task-v2']],
  });
  expect(await standing(bench, other)).toEqual({ whole: [theirs], summaries: [] });
  await sweep(bench, 400);
  expect(await standing(bench, organizationId)).toEqual({
    whole: [mine.activityid],
    summaries: [mine.organizations, mine['task-v2']].sort(),
  });
  expect(await standing(bench, other)).toEqual({ whole: [], summaries: [theirs] });
});

test('a task that is not over is never touched, whatever its age', async () => {
  const terminal = ['completed', 'failed', 'cancelled'];
  const living = statuses.filter((status) => !terminal.includes(status));
  const ids: string[] = [];
  for (const status of living) {
    const { id: fileId } = await storeFile(bench, organizationId);
    ids.push(await storeTask(bench, organizationId, { status, fileId }));
  }
  await bench.pool.query(`update tasks set created_at = now() - interval '50 years', updated_at = created_at`);
  expect((await sweep(bench, 36_000)).done).toMatchObject({ results: 0, summaries: 0, files: 0 });
  expect(await standing(bench, organizationId)).toEqual({ whole: ids.sort(), summaries: [] });
  expect(await storedFiles(bench)).toHaveLength(living.length);
});

test('a file lives as long as one task that is not purged has it, as its input or its result', async () => {
  const shared = await storeFile(bench, organizationId);
  await storeTask(bench, organizationId, { resultFileId: shared.id, origin: 'actions' });
  await storeTask(bench, organizationId, { fileId: shared.id, origin: 'task-v2' });
  const running = await storeTask(bench, organizationId, { fileId: shared.id, status: 'running' });
  await setRetention(bench, organizationId, { origin: 'actions', days: { results: 1, summary: 99 } });
  for (const days of [2, 31]) {
    await sweep(bench, days);
    expect(await storedFiles(bench)).toEqual([shared.key]);
  }
  await bench.pool.query(`update tasks set status = 'completed', finished_at = $2 where id = $1`, [
    running,
    inDays(31),
  ]);
  await sweep(bench, 60);
  expect(await storedFiles(bench)).toEqual([shared.key]);
  await sweep(bench, 62);
  expect(await storedFiles(bench)).toEqual([]);
});

/** Waits until somebody waits for a lock. */
async function lockWaits(): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await bench.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length;
    })
    .toBe(1);
}

test('of two that let go of a shared file at the same time, one removes it', async () => {
  const shared = await storeFile(bench, organizationId);
  const other = await storeTask(bench, organizationId, { fileId: shared.id, status: 'running' });
  await storeTask(bench, organizationId, { fileId: shared.id });
  // Another transaction, as far as purging goes before it looks who else has the file.
  const session = await bench.pool.connect();
  await session.query('begin');
  await session.query('select from files where id = $1 for update', [shared.id]);
  await session.query('update tasks set file_id = null where id = $1', [other]);
  const sweeping = sweep(bench, 31);
  await lockWaits();
  await session.query('commit');
  session.release();
  expect((await sweeping).done).toMatchObject({ results: 1, files: 1 });
  expect(await storedFiles(bench)).toEqual([]);
});

test('lines that another sweep was deleting when it was killed go all the same', async () => {
  const id = await storeTask(bench, organizationId);
  await bench.pool.query(
    `insert into task_chunks select task_id, n, 0, 2, 2, 1, 1, 0, 0, 0, '2', '', '', '[]'::jsonb from task_chunks, generate_series(1, 599) n
     where task_id = $1`,
    [id],
  );
  const session = await bench.pool.connect();
  await session.query('begin');
  await session.query('delete from task_chunks where task_id = $1 and chunk < 500', [id]);
  const sweeping = sweep(bench, 31);
  await lockWaits();
  await session.query('rollback');
  session.release();
  expect((await sweeping).done).toMatchObject({ results: 1 });
  expect(await standing(bench, organizationId)).toEqual({ whole: [], summaries: [id] });
});

test('a task that is being read is left for the next time, and cannot be read any more once it is purged', async () => {
  const { id: fileId, key } = await storeFile(bench, organizationId);
  const read = await storeTask(bench, organizationId, { fileId });
  const unread = await storeTask(bench, organizationId);
  expect(await holdTask(bench.pool, read)).toBe(true);
  expect((await sweep(bench, 31)).done).toMatchObject({ results: 1, files: 0 });
  expect(await standing(bench, organizationId)).toEqual({ whole: [read], summaries: [unread] });
  expect(await storedFiles(bench)).toEqual([key]);
  await bench.pool.query(`update tasks set read_until = clock_timestamp() - interval '1 second' where id = $1`, [read]);
  expect((await sweep(bench, 31)).done).toMatchObject({ results: 1, files: 1 });
  expect(await holdTask(bench.pool, read)).toBe(false);
});

test('10,000 tasks are swept in transactions of 100', async () => {
  await bench.pool.query(
    `insert into tasks (id, organization_id, operation, action, origin, config, created_by, status, finished_at)
     select (lpad(to_hex(n), 8, '0') || '-0000-8000-8000-000000000000')::uuid, $1, 'import', 'import-inventory-items',
       (array['organizations', 'activityid', 'actions', 'task-v2'])[1 + n % 4], '{}', '{}', 'completed', now() from generate_series(1, 10000) n`,
    [organizationId],
  );
  await bench.pool.query(`
    create table changed (transaction bigint, tasks bigint);
    create function note_change() returns trigger language plpgsql as
      $$ begin insert into changed select txid_current(), count(*) from old_rows; return null; end $$;
    create trigger note_update after update on tasks referencing old table as old_rows for each statement execute function note_change();
    create trigger note_delete after delete on tasks referencing old table as old_rows for each statement execute function note_change();
  `);
  try {
    expect((await sweep(bench, 31)).done).toMatchObject({ results: 10_000, summaries: 0 });
    expect((await sweep(bench, 62)).done).toMatchObject({ results: 0, summaries: 10_000 });
    const { rows } = await bench.pool.query(
      'select max(tasks) as most, sum(tasks) as all from (select sum(tasks) as tasks from changed group by transaction) t',
    );
    expect(rows.map(({ most, all }) => [Number(most), Number(all)])).toEqual([[100, 30_000]]);
  } finally {
    await bench.pool.query('drop function note_change cascade; drop table changed');
  }
});

test('sweeps at the same time do not disturb each other', async () => {
  const files = await Promise.all(Array.from({ length: 150 }, () => storeFile(bench, organizationId)));
  // Each file is shared by two tasks, of which the two sweeps may each have one.
  for (const { id } of [...files, ...files.toReversed()]) await storeTask(bench, organizationId, { fileId: id });
  const { id: kept } = await storeFile(bench, organizationId);
  await storeTask(bench, organizationId, { fileId: kept, status: 'paused' });
  const sweeps = await Promise.all(Array.from({ length: 4 }, () => sweep(bench, 31)));
  expect(sweeps.flatMap(({ logged }) => logged.filter(({ level }) => level > 30))).toEqual([]);
  const total = sweeps.reduce((sum, { done }) => sum + (done.results ?? 0), 0);
  expect(total).toBe(300);
  await sweep(bench, 31);
  expect(await standing(bench, organizationId)).toMatchObject({ whole: [expect.any(String)] });
  expect(await storedFiles(bench)).toHaveLength(1);
});

test('what a file store could not remove is removed later, and keeps nothing else there', async () => {
  const bad = await storeFile(bench, organizationId);
  const good = await storeFile(bench, organizationId);
  await storeTask(bench, organizationId, { fileId: bad.id });
  await storeTask(bench, organizationId, { fileId: good.id });
  const failing = {
    ...bench.files,
    remove: async (key: string) => (key === bad.key ? Promise.reject(new Error('no')) : bench.files.remove(key)),
  };
  const { done, logged } = await sweep(bench, 31, failing);
  expect(done).toMatchObject({ results: 2, files: 1 });
  expect(logged).toContainEqual(expect.objectContaining({ key: bad.key }));
  expect(await storedFiles(bench)).toEqual([bad.key]);
  expect((await sweep(bench, 31)).done).toMatchObject({ files: 1 });
  expect(await storedFiles(bench)).toEqual([]);
});

test('a file whose task was deleted by hand goes with the next sweep if it did not go at once', async () => {
  const { id: fileId } = await storeFile(bench, organizationId);
  const id = await storeTask(bench, organizationId, { fileId });
  const failing = { ...bench.files, remove: () => Promise.reject(new Error('no')) };
  await expect(deleteTask({ pool: bench.pool, files: failing }, asked({ organizationId, id }))).rejects.toThrow('no');
  expect(await findTask(bench.pool, organizationId, id)).toBeUndefined();
  expect(await storedFiles(bench)).toHaveLength(1);
  expect((await sweep(bench, 0)).done).toMatchObject({ files: 1 });
  expect(await storedFiles(bench)).toEqual([]);
});

test('an upload that became no task is removed after an hour, one that did is not', async () => {
  const task = await bench.submit(organizationId, 'import-inventory-items', CSV);
  const lost = await bench.files.put(
    (async function* () {
      yield Buffer.from('lost');
    })(),
  );
  await announceFiles(bench.pool, [lost.key]);
  await sweep(bench, 0.9 / 24);
  expect(await storedFiles(bench)).toHaveLength(2);
  await sweep(bench, 1.1 / 24);
  expect(await storedFiles(bench)).toEqual([task.file?.key]);
});

test('what a request that died has left half sorted is forgotten after a day', async () => {
  const [old, young] = [25, 23].map((hours) => firstIdOf(new Date(Date.now() - hours * 3_600_000)));
  await bench.pool.query(
    "insert into sorted_rows select sort, n, n, '{}' from unnest($1::uuid[]) sort, generate_series(1, 700) n",
    [[old, young]],
  );
  expect((await sweep(bench, 0)).done).toMatchObject({ sorts: 700 });
  const { rows } = await bench.pool.query('select distinct sort from sorted_rows');
  expect(rows).toEqual([{ sort: young }]);
  await bench.pool.query('delete from sorted_rows');
});

test('an Idempotency-Key is forgotten after 24 hours', async () => {
  for (const [key, hours] of [
    ['old', 25],
    ['new', 23],
  ]) {
    await bench.pool.query(
      `insert into idempotency_keys (organization_id, scope, key, fingerprint, answer, created_at)
       values ($1, 's', $2, 'f', '{}', now() - make_interval(hours => $3))`,
      [organizationId, key, hours],
    );
  }
  expect((await sweep(bench, 0)).done).toMatchObject({ idempotencyKeys: 1 });
  const { rows } = await bench.pool.query('select key from idempotency_keys');
  expect(rows).toEqual([{ key: 'new' }]);
});
