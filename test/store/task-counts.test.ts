import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import type { Queryable } from '../../src/store/connection/pool.ts';
import { countTasks, foldTaskCounts, keepTaskCounts } from '../../src/store/lists/task-counts.ts';
import { migrate, readMigrations } from '../../src/store/platform/migrate.ts';
import { newId } from '../../src/task/ids.ts';
import { statuses } from '../../src/task/lifecycle.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Bench, openBench, somebody } from '../support/engine.ts';

let bench: Bench;
/** Connections on which transactions are left open. */
const sessions: pg.Client[] = [];
let named = 0;

beforeAll(async () => {
  bench = await openBench();
  for (let i = 0; i < 3; i += 1) sessions.push(await connect());
});
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.end()));
  await bench.close();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(bench.database.url);
  await client.connect();
  return client;
}

function organization(): Promise<string> {
  named += 1;
  return bench.organization(`counts-${named}`);
}

/** Makes tasks that wait, by one statement. */
async function put(db: Queryable, owner: string, action: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await db.query(
    `insert into tasks (operation, origin, organization_id, action, config, created_by, id)
     select 'external', 'task-v2', $1, $2, '{}', $3, id from unnest($4::uuid[]) id`,
    [owner, action, somebody, ids],
  );
  return ids;
}

const ACTIONS = ['one', 'two', 'three'];
/** Rows of a query in one order, as JSON. */
const sorted = (query: string) =>
  `(select coalesce(jsonb_agg(r order by r), '[]') from (select to_jsonb(x) as r from (${query}) x) rows)`;
const shown = (columns: string, condition: string) =>
  `select ${columns}, started_at is not null as started, count(*) as tasks from tasks
   where organization_id = $1 and historized_at is null and ${condition} group by ${columns}, started_at is not null`;
const ONE_ANSWER = `select
  ${sorted('select * from tasks_by_kind($1)')} as kinds,
  ${sorted(shown('action, status', 'true'))} as "countedKinds",
  ${sorted('select a.of, s.* from unnest($2::text[]) a(of) cross join lateral tasks_by_state($1, a.of) s')} as states,
  ${sorted(`select null as of, * from (${shown('status', 'true')}) total
    union all select * from (${shown('action, status', 'action = any($2)')}) each`)} as "countedStates",
  ${sorted('select * from tasks_by_status()')} as statuses,
  ${sorted('select status, count(*) as tasks from tasks where historized_at is null group by status')} as "countedStatuses"`;

/** Fails unless a transaction is told of an organization, and of all together, what it would count itself. */
async function expectExact(session: pg.Client, owner: string): Promise<void> {
  const { rows } = await session.query(ONE_ANSWER, [owner, [null, ...ACTIONS]]);
  const { kinds, states, statuses, countedKinds, countedStates, countedStatuses } = rows[0];
  expect({ kinds, states, statuses }).toEqual({
    kinds: countedKinds,
    states: countedStates,
    statuses: countedStatuses,
  });
}

/** What a session does to its own tasks: others' would make it wait for them. */
const CHANGES = {
  status: 'update tasks set status = $3 where organization_id = $1 and user_id = $2 and right(id::text, 1) < $4',
  started: `update tasks set started_at = case when started_at is null then now() end
    where organization_id = $1 and user_id = $2 and right(id::text, 1) < $4 and $3 <> ''`,
  chunk: `update tasks set version = version + 1 where organization_id = $1 and user_id = $2 and right(id::text, 1) < $4 and $3 <> ''`,
  historize: `update tasks set historized_at = now() where organization_id = $1 and user_id = $2 and right(id::text, 1) < $4 and $3 <> ''`,
  delete: `delete from tasks where organization_id = $1 and user_id = $2 and right(id::text, 1) < $4 and $3 <> ''`,
} as const;

/** Each step is done by a session, in the transaction that it has open, or in none. */
const step = fc.record({
  session: fc.nat(2),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant('insert' as const) },
    { weight: 6, arbitrary: fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[])) },
    { weight: 3, arbitrary: fc.constantFrom('begin', 'begin isolation level repeatable read', 'commit', 'rollback') },
    { weight: 2, arbitrary: fc.constantFrom('savepoint s', 'rollback to s') },
    { weight: 4, arbitrary: fc.constantFrom('fold', 'fold some', 'fold in vain') },
  ),
  action: fc.constantFrom(...ACTIONS),
  status: fc.constantFrom(...statuses),
  below: fc.constantFrom('5', 'a', 'g'),
  count: fc.integer({ min: 1, max: 6 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Whether a session has a transaction open, and a savepoint in it. */
type Open = 'none' | 'transaction' | 'savepoint';

async function perform(owner: string, open: Open[], { session: at, what, ...given }: Step): Promise<void> {
  const session = sessions[at] as pg.Client;
  if (what === 'fold') return void (await foldTaskCounts(bench.pool));
  if (what === 'fold some') return void (await bench.pool.query('select fold_task_counts(2)'));
  if (what === 'fold in vain') {
    return void (await bench.pool.query('begin; select fold_task_counts(100); rollback'));
  }
  if (what === 'insert') {
    const ids = await put(session, owner, given.action, given.count);
    await session.query('update tasks set user_id = $2 where id = any($1)', [ids, String(at)]);
  } else if (what in CHANGES) {
    await session.query(CHANGES[what as keyof typeof CHANGES], [owner, String(at), given.status, given.below]);
  } else if (what.startsWith('begin') && open[at] === 'none') {
    await session.query(what);
    open[at] = 'transaction';
  } else if ((what === 'commit' || what === 'rollback') && open[at] !== 'none') {
    await session.query(what);
    open[at] = 'none';
  } else if (what === 'savepoint s' && open[at] !== 'none') {
    await session.query(what);
    open[at] = 'savepoint';
  } else if (what === 'rollback to s' && open[at] === 'savepoint') {
    await session.query(what);
  }
}

test('every transaction is told what it would count, however changes, ends of transactions and folds follow each other', {
  timeout: 120_000,
}, async () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const owner = await organization();
      const open: Open[] = ['none', 'none', 'none'];
      try {
        for (const each of all) {
          await perform(owner, open, each);
          await expectExact(sessions[each.session] as pg.Client, owner);
        }
      } finally {
        for (const [at, session] of sessions.entries()) if (open[at] !== 'none') await session.query('rollback');
      }
      for (let times = 0; times < 2; times += 1) {
        await expectExact(sessions[0] as pg.Client, owner);
        await foldTaskCounts(bench.pool);
      }
    }),
    { numRuns: 40 },
  );
  const { rows } = await bench.pool.query('select count(*)::int as left from task_count_changes');
  expect(rows).toEqual([{ left: 0 }]);
});

const TOLD = {
  all: `select * from tasks_by_state($1, null)`,
  action: `select * from tasks_by_state($1, 'task-1')`,
  kinds: 'select * from tasks_by_kind($1)',
  statuses: 'select * from tasks_by_status()',
} as const;

/**
 * Pages that a session reads to tell an organization's counts: the fewest of several times, since a plan that an autovacuum has made
 * void is made anew, which reads the catalog.
 */
async function pagesRead(session: pg.Client, owner: string): Promise<Record<string, number>> {
  const read: Record<string, number> = {};
  for (const [name, sql] of Object.entries(TOLD)) {
    for (let times = 0; times < 5; times += 1) {
      const { rows } = await session.query(
        `explain (analyze, buffers, format json) ${sql.replace('$1', `'${owner}'`)}`,
      );
      const { Plan } = rows[0]['QUERY PLAN'][0];
      const pages = Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'];
      read[name] = Math.min(read[name] ?? pages, pages);
    }
  }
  return read;
}

test('50,000 changes that no vacuum can clear away do not make counting read more pages', async () => {
  const owner = await organization();
  const [before, reader, writer] = sessions as [pg.Client, pg.Client, pg.Client];
  await put(before, owner, 'task', 1);
  await foldTaskCounts(bench.pool);
  // The statistics are those of empty tables, and so are the plans that the session keeps.
  await bench.pool.query('vacuum analyze task_count_changes, task_counts, task_count_folds');
  for (let i = 0; i < 10; i += 1) await pagesRead(before, owner);
  await reader.query('begin isolation level repeatable read');
  await reader.query('select count(*) from tasks');
  await writer.query('begin');
  await put(writer, owner, 'task', 1);
  try {
    for (let round = 0; round < 100; round += 1) {
      const ids = await put(bench.pool, owner, `task-${round % 5}`, 125);
      for (const status of ['running', 'completed']) {
        await bench.pool.query('update tasks set status = $2 where id = any($1)', [ids, status]);
      }
      await foldTaskCounts(bench.pool);
    }
    // Measured: 19, 15 and 78, of which each action has its share.
    const read = await pagesRead(before, owner);
    expect(read.all).toBeLessThan(40);
    expect(read.action).toBeLessThan(40);
    expect(read.kinds).toBeLessThan(150);
    expect(read.statuses).toBeLessThan(40);
    const { rows } = await bench.pool.query('select status, tasks::int from tasks_by_state($1, null) order by 1', [
      owner,
    ]);
    expect(rows).toEqual([
      { status: 'completed', tasks: 12_500 },
      { status: 'pending', tasks: 1 },
    ]);
    // Of each action one row, and one of all.
    const { rowCount } = await bench.pool.query('select from task_counts where organization_id = $1', [owner]);
    expect(rowCount).toBe(7);
  } finally {
    await Promise.all([reader.query('rollback'), writer.query('rollback')]);
  }
});

test('a change whose epoch is closed between being read and being locked gets the next one', async () => {
  const owner = await organization();
  const [writer, holder] = sessions as [pg.Client, pg.Client];
  // What the writer reads of the epoch it gets when the lock is free, as if it had been held up there.
  await bench.pool.query(
    `create schema slow;
     create function slow.pg_sequence_last_value(name regclass) returns bigint language plpgsql as $$
     declare
       epoch bigint := pg_catalog.pg_sequence_last_value(name);
     begin
       perform pg_advisory_xact_lock_shared(99, 1);
       return epoch;
     end $$`,
  );
  const slow = await connect();
  try {
    await slow.query('set search_path = slow, pg_catalog, public');
    await put(writer, owner, 'quick', 1);
    await holder.query('select pg_advisory_lock(99, 1)');
    const written = put(slow, owner, 'slow', 1);
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await bench.pool.query(waiting)).rowCount, { timeout: 20_000 }).toBe(1);
    expect(await foldTaskCounts(bench.pool)).toBe(true);
    await holder.query('select pg_advisory_unlock(99, 1)');
    await written;
    expect(await countTasks(bench.pool, owner)).toHaveLength(2);
  } finally {
    await slow.end();
    await bench.pool.query('drop schema slow cascade');
  }
});

test('a transaction that lasts keeps open the epoch of its own changes, and no other', async () => {
  const owner = await organization();
  const [writer] = sessions as [pg.Client];
  await foldTaskCounts(bench.pool);
  await writer.query('begin');
  await put(writer, owner, 'slow', 3);
  const openEpochs = async () => {
    const { rows } = await bench.pool.query<{ open: number; changes: number }>(
      'select cardinality(open) as open, (select count(*)::int from task_count_changes) as changes from task_count_folds',
    );
    return rows;
  };
  for (let i = 0; i < 10; i += 1) {
    await put(bench.pool, owner, 'quick', 1);
    await foldTaskCounts(bench.pool);
  }
  expect(await openEpochs()).toEqual([{ open: 1, changes: 0 }]);
  await writer.query('commit');
  expect(await countTasks(bench.pool, owner)).toHaveLength(2);
  await foldTaskCounts(bench.pool);
  expect(await openEpochs()).toEqual([{ open: 0, changes: 0 }]);
  expect(await countTasks(bench.pool, owner)).toEqual(
    expect.arrayContaining([
      { action: 'quick', status: 'pending', started: false, tasks: 10 },
      { action: 'slow', status: 'pending', started: false, tasks: 3 },
    ]),
  );
});

test('what is not changed is not folded: an idle server writes nothing', async () => {
  await foldTaskCounts(bench.pool);
  const written = async () =>
    (await bench.pool.query('select fold, closed, last_value as epoch from task_count_folds, task_count_epoch')).rows;
  const before = await written();
  for (let i = 0; i < 3; i += 1) expect(await foldTaskCounts(bench.pool)).toBe(false);
  expect(await written()).toEqual(before);
});

test('changes are folded without being asked for, and the tables of lists analysed once they have grown', async () => {
  const fresh = await createTestDatabase();
  const { pool } = fresh;
  try {
    const { id: owner } = await createOrganization({ pool }, { slug: 'fresh' });
    await put(pool, owner, 'few', 10);
    await pool.query('analyze tasks');
    await put(pool, owner, 'many', 5_000);
    const errors: Error[] = [];
    const kept = keepTaskCounts(pool, (error) => errors.push(error));
    const state = async () => {
      const { rows } = await pool.query(
        `select (select count(*)::int from task_count_changes) as changes, reltuples::int as tuples from pg_class where relname = 'tasks'`,
      );
      return rows[0];
    };
    await expect.poll(state, { timeout: 20_000 }).toEqual({ changes: 0, tuples: 5_010 });
    await put(pool, owner, 'more', 100);
    await expect.poll(state, { timeout: 20_000 }).toEqual({ changes: 0, tuples: 5_010 });
    await kept.stop();
    expect(errors).toEqual([]);
  } finally {
    await fresh.drop();
  }
});

test('a database of the version before has its counts after the upgrade, folded or not', async () => {
  const all = await readMigrations();
  const old: TestDatabase = await createTestDatabase({ migrated: false });
  try {
    await migrate(
      old.pool,
      all.filter(({ version }) => version < 20),
    );
    const owner = newId();
    await old.pool.query(`insert into organizations (id, slug, name) values ($1, 'old', 'old')`, [owner]);
    const ids = await put(old.pool, owner, 'a', 5);
    await put(old.pool, owner, 'b', 2);
    await old.pool.query('update tasks set historized_at = now() where id = $1', [ids[0]]);
    await migrate(old.pool, all);
    const expected = expect.arrayContaining([
      { action: 'a', status: 'pending', started: false, tasks: 4 },
      { action: 'b', status: 'pending', started: false, tasks: 2 },
    ]);
    expect(await countTasks(old.pool, owner)).toEqual(expected);
    await foldTaskCounts(old.pool);
    expect(await countTasks(old.pool, owner)).toEqual(expected);
  } finally {
    await old.drop();
  }
});

test('a database of the version before has the totals of all organizations after the upgrade, folded or not', async () => {
  const all = await readMigrations();
  const old: TestDatabase = await createTestDatabase({ migrated: false });
  try {
    await migrate(
      old.pool,
      all.filter(({ version }) => version < 30),
    );
    for (const slug of ['one', 'two']) {
      const owner = newId();
      await old.pool.query('insert into organizations (id, slug, name) values ($1, $2, $2)', [owner, slug]);
      await put(old.pool, owner, 'folded', 5);
    }
    await foldTaskCounts(old.pool);
    const { rows } = await old.pool.query<{ id: string }>('select id from organizations');
    await put(old.pool, rows[0]?.id as string, 'not folded', 2);
    await migrate(old.pool, all);
    for (let folds = 0; folds < 2; folds += 1) {
      const { rows: told } = await old.pool.query('select * from tasks_by_status()');
      expect(told).toEqual([{ status: 'pending', tasks: 12 }]);
      await foldTaskCounts(old.pool);
    }
  } finally {
    await old.drop();
  }
});
