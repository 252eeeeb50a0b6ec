import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runSweep } from '../../../src/engine/cleanup/sweep.ts';
import { cancelTask } from '../../../src/service/control/cancel-task.ts';
import { type Elsewhere, openElsewhere } from '../../../src/store/elsewhere/databases.ts';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { newId } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { csvOf, type Law, openLaw, outcomesOf, type Row } from '../../support/adopted/law.ts';
import { cuttable } from '../../support/crashes/cuttable.ts';
import { failAt } from '../../support/crashes/fail-at.ts';
import { expireLeases, killWorkers, startWorker, workAndDie } from '../../support/crashes/worker-process.ts';
import { asked, somebody } from '../../support/engine.ts';

/** Imports into a table of another database: what happens to that database, to workers and to tasks in the middle of a chunk. */
let law: Law;
const opened: Elsewhere[] = [];

beforeAll(async () => {
  law = await openLaw();
});
afterEach(async () => {
  for (const elsewhere of opened.splice(0)) await elsewhere.end();
});
afterAll(async () => {
  killWorkers(law.bench);
  await law.close();
});

/** Goods, every third of which is refused. */
function goods(count: number, from = 0): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ key: `K${from + index}`, mark: `M${from + index}`, amount: '1' },
    parent: index % 3 === 2 ? 'P3' : 'P1',
  }));
}

const expected = (rows: readonly Row[]) =>
  rows.map(({ parent }) => (parent === 'P3' ? 'reference_missing' : 'inserted'));

async function submitted(rows: readonly Row[]): Promise<{ task: Task; table: string }> {
  const { organizationId, table } = await law.adopt(false);
  return { task: await law.bench.submit(organizationId, 'import-goods', csvOf(rows), { override: true }), table };
}

/** That each line has its outcome, each record is there, and was written once. */
async function expectOnce(task: Task, table: string, rows: readonly Row[]): Promise<void> {
  const outcomes = await outcomesOf(law.bench, task);
  expect(rows.map((_, index) => outcomes.get(index + 2))).toEqual(expected(rows));
  const applied = rows.filter(({ parent }) => parent !== 'P3').map(({ key }) => key);
  const keys = async (from: string) => (await law.there.pool.query(`select key from public.${from}`)).rows;
  expect((await keys(table)).map(({ key }) => key).sort()).toEqual([...applied].sort());
  expect((await keys(`${table}_log`)).map(({ key }) => key).sort()).toEqual([...applied].sort());
  expect(task.counters).toMatchObject({ items: rows.length, inserts: applied.length });
}

/** Waits for a busy machine, too. */
const poll = <T>(look: () => T) => expect.poll(look, { timeout: 60_000, interval: 5 });

async function now(task: Task): Promise<Task> {
  return (await findTask(law.bench.pool, task.organizationId, task.id)) as Task;
}

async function chunksOf(task: Task): Promise<{ chunks: number; ledger: [number, number][] }> {
  const { pool } = law.bench;
  const { rows } = await pool.query('select chunks from tasks where id = $1', [task.id]);
  const { rows: ledger } = await pool.query(
    'select start_line, last_line from task_chunks where task_id = $1 order by chunk',
    [task.id],
  );
  return { chunks: rows[0].chunks, ledger: ledger.map((row) => [row.start_line, row.last_line]) };
}

async function markersOf(task: Task): Promise<number[]> {
  const { rows } = await law.there.pool.query(
    'select chunk from openbulk.applied_chunks where task_id = $1 order by chunk',
    [task.id],
  );
  return rows.map(({ chunk }) => chunk);
}

/** The other database by another way. */
function through(url: string): Elsewhere {
  const elsewhere = openElsewhere({ crm: url }, { applicationName: 'openbulk test', max: 4, purpose: 'elsewhere' });
  opened.push(elsewhere);
  return elsewhere;
}

test('a worker that dies between the two commits leaves a marker, from which the next one records the same lines', async () => {
  const rows = goods(20);
  const { task, table } = await submitted(rows);
  await workAndDie(law.bench, task, 5, { place: 'after-theirs', passes: 2 }, law.env);
  expect(await markersOf(task)).toEqual([0, 1]);
  expect((await chunksOf(task)).chunks).toBe(1);
  // Under suspicion a chunk would have two or three lines now.
  const done = await law.bench.working(() => law.bench.finished(task), { elsewhere: law.elsewhere });
  await expectOnce(done, table, rows);
  expect((await chunksOf(task)).ledger.slice(0, 2)).toEqual([
    [2, 6],
    [7, 11],
  ]);
});

test('a worker that dies before their commit leaves nothing', async () => {
  const rows = goods(20);
  const { task, table } = await submitted(rows);
  await workAndDie(law.bench, task, 5, { place: 'before-theirs', passes: 2 }, law.env);
  await poll(() => markersOf(task)).toEqual([0]);
  const done = await law.bench.working(() => law.bench.finished(task), { elsewhere: law.elsewhere });
  await expectOnce(done, table, rows);
});

test('a task that is cancelled after such a death still tells of the lines that were applied', async () => {
  const rows = goods(20);
  const { task, table } = await submitted(rows);
  await workAndDie(law.bench, task, 5, { place: 'after-theirs', passes: 2 }, law.env);
  await cancelTask(law.bench, asked(task), somebody);
  expect((await now(task)).counters.items).toBe(5);
  await sweep();
  const ended = await now(task);
  expect(ended.status).toBe('cancelled');
  await expectOnce(ended, table, rows.slice(0, 10));
  await sweep();
  expect((await now(task)).counters.items).toBe(10);
});

test('while their database is away a task waits, nothing is blamed, and others go on; then it is exact', async () => {
  const way = await cuttable(law.there.url);
  const rows = goods(400);
  const { task, table } = await submitted(rows);
  const elsewhere = through(way.url);
  const messages: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void messages.push(line) });
  const done = await law.bench.working(
    async () => {
      await poll(async () => (await now(task)).counters.items).toBeGreaterThan(0);
      await way.cut();
      await importOfOthers('cut');
      await poll(() => messages.join('').split('cannot be reached').length).toBeGreaterThan(3);
      expect(['running', 'pending']).toContain((await now(task)).status);
      expect((await law.bench.pool.query('select from task_crashes')).rowCount).toBe(0);
      await way.mend();
      return law.bench.finished(task);
    },
    { chunkRows: 5, elsewhere, log },
  );
  await expectOnce(done, table, rows);
  expect(messages.join('')).toContain('The database of the connection crm cannot be reached at the moment.');
  await way.cut();
});

test('while their database hangs, others wait for a few seconds once, and not again', async () => {
  const way = await cuttable(law.there.url);
  const rows = goods(300);
  const { task, table } = await submitted(rows);
  const elsewhere = through(way.url);
  await law.bench.working(
    async () => {
      await poll(async () => (await now(task)).counters.items).toBeGreaterThan(0);
      const usual = await importOfOthers('usual');
      way.freeze();
      expect(await importOfOthers('frozen')).toBeLessThan(6_000 + 5 * usual);
      for (const slug of ['frozen-2', 'frozen-3']) expect(await importOfOthers(slug)).toBeLessThan(1_500 + 5 * usual);
      expect(['running', 'pending']).toContain((await now(task)).status);
      expect((await law.bench.pool.query('select from task_crashes')).rowCount).toBe(0);
    },
    { chunkRows: 5, elsewhere },
  );
  await way.cut();
  const done = await law.bench.working(() => law.bench.finished(task), { elsewhere: law.elsewhere });
  await expectOnce(done, table, rows);
});

/** Imports a file into a table of OpenBulk's. @returns how long it took, ms */
async function importOfOthers(slug: string): Promise<number> {
  const organizationId = await law.bench.organization(slug);
  const begun = performance.now();
  const csv = 'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n';
  const other = await law.bench.finished(await law.bench.submit(organizationId, 'import-inventory-items', csv));
  expect(other.status).toBe('completed');
  return performance.now() - begun;
}

test('a lock that another transaction has there is no fault of a line', async () => {
  const rows = goods(10);
  const { task, table } = await submitted(rows);
  const session = await law.there.pool.connect();
  await session.query('begin');
  await session.query(`insert into public.${table} values ('K1', 'other', 1, 'P1')`);
  const done = await law.bench.working(
    async () => {
      // It waits for the lock, gives up, and waits again.
      const seen = new Set<string>();
      await poll(async () => {
        const { rows: waits } = await law.there.pool.query(
          `select query_start::text as since from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        for (const { since } of waits) seen.add(since);
        return seen.size;
      }).toBe(2);
      expect((await now(task)).counters.items).toBe(0);
      await session.query('rollback');
      session.release();
      return law.bench.finished(task);
    },
    { elsewhere: law.elsewhere },
  );
  await expectOnce(done, table, rows);
});

test('a process that does not know the connection leaves the task to others, and says what it lacks', async () => {
  const rows = goods(5);
  const { task, table } = await submitted(rows);
  const messages: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void messages.push(line) });
  await law.bench.working(
    async () => {
      await poll(() => messages.join('')).toContain('Set OPENBULK_CONNECTION_CRM.');
      expect((await now(task)).status).toBe('pending');
    },
    { log },
  );
  const done = await law.bench.working(() => law.bench.finished(task), { elsewhere: law.elsewhere });
  await expectOnce(done, table, rows);
});

describe('markers', () => {
  test('are kept until an hour after the end of their task, and those of others are left alone', async () => {
    const rows = goods(10);
    const { task } = await submitted(rows);
    const other = newId();
    await law.there.pool.query(
      `insert into openbulk.applied_chunks values (gen_random_uuid(), $1, 0, 1, '{}', now() - interval '1 day')`,
      [other],
    );
    await law.bench.working(() => law.bench.finished(task), { chunkRows: 5, elsewhere: law.elsewhere });
    const { task: open } = await submitted(goods(20));
    await workAndDie(law.bench, open, 5, { place: 'after-theirs', passes: 2 }, law.env);
    await sweep();
    expect(await markersOf(task)).toEqual([0, 1]);
    await sweep(new Date(Date.now() + 2 * 3_600_000));
    expect(await markersOf(task)).toEqual([]);
    expect(await markersOf(open)).toEqual([0, 1]);
    expect(await markersOf({ id: other } as Task)).toEqual([0]);
  });

  test('of tasks that are deleted go as well, once they are old', async () => {
    const { task } = await submitted(goods(5));
    await law.bench.working(() => law.bench.finished(task), { elsewhere: law.elsewhere });
    await law.bench.pool.query('delete from tasks where id = $1', [task.id]);
    await sweep();
    expect(await markersOf(task)).toEqual([0]);
    await law.there.pool.query(
      `update openbulk.applied_chunks set applied_at = now() - interval '61 minutes' where task_id = $1`,
      [task.id],
    );
    await sweep();
    expect(await markersOf(task)).toEqual([]);
  });
});

async function sweep(at?: Date): Promise<void> {
  const { pool, files } = law.bench;
  const done = await runSweep({
    ...{ pool, files, elsewhere: law.elsewhere, log: pino({ level: 'silent' }), now: at },
    retention: { results: 30, summary: 30 },
    stop: new AbortController().signal,
  });
  expect(done.markers).toBeDefined();
}

test('a worker that loses its lease in the middle of a chunk does not commit there', async () => {
  const rows = goods(20);
  const { task, table } = await submitted(rows);
  // It does nothing for a while between what it wrote there and its look at the lease.
  const worker = startWorker(law.bench, {
    ...law.env,
    ...{ OPENBULK_CHUNK_ROWS: '5', OPENBULK_SLICE_MS: '1' },
    ...failAt('before-hold=block:6000@2'),
  });
  await poll(async () => (await now(task)).counters.items).toBe(5);
  const begun = `select count(*)::integer as n from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`;
  await poll(async () => (await law.there.pool.query(begun)).rows[0].n).toBe(1);
  await expireLeases(law.bench);
  const done = await law.bench.working(() => law.bench.finished(task), { elsewhere: law.elsewhere, chunkRows: 4 });
  await poll(() => worker.log()).toMatch(/a slice failed|dropped a task/);
  worker.kill('SIGKILL');
  await expectOnce(done, table, rows);
});
