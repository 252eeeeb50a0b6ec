/** What goes wrong in an adopted table where one writes as one pleases, each with a test. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  commit,
  inTransaction,
  isConflict,
  isLocked,
  isTimeout,
  openPool,
  withSession,
} from '../../src/store/connection/pool.ts';
import { Wire } from '../../src/store/connection/wire.ts';
import type { WritePlan, WriteRequest } from '../../src/targets/adopted/plan/plan.ts';
import { planWrite } from '../../src/targets/adopted/plan/plan-write.ts';
import { describeTable } from '../../src/targets/adopted/shape/describe-table.ts';
import type { TableShape } from '../../src/targets/adopted/shape/shape.ts';
import { openAdoptedTable } from '../../src/targets/adopted/write/write-chunk.ts';
import type { CopyRows } from '../../src/targets/copy-rows.ts';
import type { Target, Written } from '../../src/targets/target.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('drop schema public cascade; create schema public'));

const run = (sql: string) => database.pool.query(sql);
const column = async (sql: string) => (await run(sql)).rows.map((row) => Object.values(row)[0]);

async function open(request: Partial<WriteRequest> & Pick<WriteRequest, 'columns'>): Promise<Target> {
  const shape = await describeTable(database.pool, { schema: 'public', table: 'target' });
  if (!shape) throw new Error('There is no table.');
  const planned = planWrite(shape, { key: ['k'], mode: 'upsert', ...request });
  if ('refusals' in planned) throw new Error(planned.refusals.map(({ message }) => message).join(' '));
  return openAdoptedTable(planned.plan);
}

function linesOf(target: Target, lines: readonly (readonly (string | null)[])[]): CopyRows {
  const rows = target.rows();
  for (const [index, values] of lines.entries()) rows.add(index + 2, { key: `${values[0]}`, values, removes: false });
  return rows;
}

async function write(target: Target, lines: readonly (readonly (string | null)[])[]): Promise<Written> {
  return inTransaction(database.pool, (tx) => target.write(tx, linesOf(target, lines)));
}

test.for([false, true])(
  'where OpenBulk has a schema of its own, triggers look for names where their owner does (sets %s)',
  async (sets) => {
    await run(`create schema other; create table other.log (k text); create table log (k text);
    create table target (k text primary key, a integer);
    create function react() returns trigger language plpgsql as $$ begin insert into log values (new.k); return new; end $$;
    create trigger react before insert on target for each row execute function react();`);
    const url = new URL(database.url);
    url.searchParams.set('options', '-c search_path=other');
    const pool = openPool({ url: url.href, applicationName: 'other', max: 1 });
    const shape = await describeTable(pool, { schema: 'public', table: 'target' });
    const request = {
      columns: ['k', 'a'],
      key: ['k'],
      mode: 'upsert',
      declaredSetSafe: sets,
      harmlessTriggers: ['react'],
    } as const;
    const planned = planWrite(shape as TableShape, request);
    const target = openAdoptedTable((planned as { plan: WritePlan }).plan);
    for (const key of ['x', 'y', 'z']) {
      await inTransaction(pool, async (tx) => {
        await target.write(tx, linesOf(target, [[key, '1']]));
        expect((await tx.query('show search_path')).rows).toEqual([{ search_path: 'other' }]);
      });
    }
    await pool.end();
    expect(await column('select k from log')).toEqual(['x', 'y', 'z']);
    await run('drop schema other cascade');
  },
);

const codes = ({ faults }: Written) => faults.map(({ code }) => code);
const many = (count: number, cells: (n: number) => readonly (string | null)[]) =>
  Array.from({ length: count }, (_, n) => cells(n));

test('what a trigger names without a schema is the table of its owner', async () => {
  await run(`create table target (k text primary key, a integer); create table stage (k text); create table outcome (k text);
    create table lines (k text);
    create function react() returns trigger language plpgsql as $$ begin
      insert into stage values (new.k); insert into outcome values (new.k); insert into lines values (new.k); return new; end $$;
    create trigger react before insert on target for each row execute function react();`);
  await write(await open({ columns: ['k', 'a'] }), [['x', '1']]);
  for (const table of ['stage', 'outcome', 'lines']) expect(await column(`select k from ${table}`)).toEqual(['x']);
});

test('an assertion that fails in a trigger costs its line alone', async () => {
  await run(`create table target (k text primary key, a integer);
    create function react() returns trigger language plpgsql as $$ begin assert new.a <> 2, 'Two is too many.'; return new; end $$;
    create trigger react before insert on target for each row execute function react();`);
  const written = await write(await open({ columns: ['k', 'a'] }), [
    ['x', '1'],
    ['y', '2'],
    ['z', '3'],
  ]);
  expect(written.outcomes).toEqual(['inserted', 'errored', 'inserted']);
  expect(written.faults).toMatchObject([
    { index: 1, code: 'refused', reason: 'The table refused the record: Two is too many.' },
  ]);
});

test('a value is refused rather than cut; what a type rounds is no change', async () => {
  await run(
    `create table target (k text primary key, s varchar(3), n numeric(4,2)); insert into target values ('x', 'abc', 1.23)`,
  );
  const target = await open({ columns: ['k', 's', 'n'] });
  const written = await write(target, [
    ['x', 'abcd', '1'],
    ['x', 'abc', '123'],
    ['x', 'abc ', '1.2301'],
    ['y', 'abcd', '1'],
  ]);
  expect(written.outcomes).toEqual(['errored', 'errored', 'unchanged', 'errored']);
  expect(written.faults.map(({ code, columns }) => [code, ...columns])).toEqual([
    ['invalid_value', 's'],
    ['invalid_value', 'n'],
    ['invalid_value', 's'],
  ]);
});

test.for([false, true])(
  'a line without a key makes no record, although its column may be null (declared fit: %s)',
  async (declaredSetSafe) => {
    await run('create table target (k text unique, a integer)');
    const target = await open({ columns: ['k', 'a'], declaredSetSafe });
    for (let chunk = 0; chunk < 3; chunk += 1) {
      const written = await write(target, [
        [null, '1'],
        [`k${chunk}`, '1'],
      ]);
      expect(written.outcomes).toEqual(['errored', 'inserted']);
      expect(codes(written)).toEqual(['missing_value']);
    }
    expect(await column('select count(*) from target where k is null')).toEqual([0]);
  },
);

test.for([false, true])(
  'keys that are equal and written otherwise are one record (declared fit: %s)',
  async (declaredSetSafe) => {
    await run('create table target (k numeric primary key, a integer)');
    const target = await open({ columns: ['k', 'a'], declaredSetSafe });
    expect(
      (
        await write(target, [
          ['1', '1'],
          ['1.0', '2'],
          ['01', '2'],
        ])
      ).outcomes,
    ).toEqual(['inserted', 'updated', 'unchanged']);
    expect(
      (
        await write(target, [
          ['2', '1'],
          ['3', '1'],
        ])
      ).outcomes,
    ).toEqual(['inserted', 'inserted']);
    expect(
      (
        await write(target, [
          ['4', '1'],
          ['4.0', '1'],
        ])
      ).outcomes,
    ).toEqual(['inserted', 'unchanged']);
  },
);

test('a record that another writer makes between our look and our insert is found at the second look', async () => {
  await run(`create table target (k text primary key, a integer); insert into target values ('x', 0)`);
  const target = await open({ columns: ['k', 'a'] });
  await withSession(database.pool, async (session) => {
    const other = new Wire(session);
    await other.query('begin');
    await other.query(`insert into target values ('new', 1)`);
    // It waits for the other to say what becomes of the record.
    const writing = write(target, [
      ['new', '2'],
      ['x', '1'],
    ]);
    await waitFor(`select from pg_locks where not granted`);
    await other.query('commit');
    expect((await writing).outcomes).toEqual(['updated', 'updated']);
  });
});

/** Until a query finds something. */
async function waitFor(sql: string): Promise<void> {
  while ((await run(sql)).rowCount === 0);
}

test("a lock that is not given, a deadlock and a statement that takes too long are nobody's fault", async () => {
  await run(`create table target (k text primary key, a integer); insert into target values ('x', 0), ('y', 0);
    create function react() returns trigger language plpgsql as $$ begin
      if new.a = 7 then perform pg_sleep(10); elsif new.a = 8 then raise serialization_failure; elsif new.a = 9 then raise deadlock_detected; end if; return new; end $$;
    create trigger react before update on target for each row execute function react();`);
  const target = await open({ columns: ['k', 'a'] });
  const thrown = (setting: string, a: string) =>
    withSession(database.pool, async (session) => {
      const tx = new Wire(session);
      await tx.query('begin');
      await tx.query(setting);
      try {
        return await target.write(tx, linesOf(target, [['x', a]])).catch((error: unknown) => error);
      } finally {
        await tx.rollback();
      }
    });
  expect(isTimeout(await thrown(`set local statement_timeout = '200ms'`, '7'))).toBe(true);
  expect(isConflict(await thrown('select 1', '8'))).toBe(true);
  expect(isConflict(await thrown('select 1', '9'))).toBe(true);
  await withSession(database.pool, async (session) => {
    const other = new Wire(session);
    await other.query('begin');
    await other.query(`update target set a = 5 where k = 'x'`);
    expect(isLocked(await thrown(`set local lock_timeout = '100ms'`, '6'))).toBe(true);
    await other.rollback();
  });
});

test('a column that the lines lack may be not null where the record is there', async () => {
  await run(
    `create table target (k text primary key, a integer, b text not null); insert into target values ('x', 1, 'b')`,
  );
  const written = await write(await open({ columns: ['k', 'a'], declaredSetSafe: true }), [
    ['x', '2'],
    ['y', '2'],
  ]);
  expect(written.outcomes).toEqual(['updated', 'errored']);
  expect(written.faults).toMatchObject([{ code: 'missing_value', columns: ['b'] }]);
});

test('known records take no numbers of an identity', async () => {
  await run(
    `create table target (id integer generated always as identity, k text primary key, a integer); insert into target (k, a) values ('x', 1), ('y', 1)`,
  );
  await write(await open({ columns: ['k', 'a'] }), [
    ['x', '2'],
    ['y', '2'],
    ['z', '2'],
  ]);
  expect(await column('select id from target order by k')).toEqual([1, 2, 3]);
});

test('triggers run under the settings and the search path of the role', async () => {
  const settings = ['jit', 'enable_hashjoin', 'enable_mergejoin', 'enable_material', 'enable_seqscan', 'search_path'];
  await run(`create table target (k text primary key, a integer); create table seen (name text, value text);
    create function react() returns trigger language plpgsql as $$ begin
      insert into seen select name, setting from pg_settings where name = any('{${settings.join()}}'); return new; end $$;
    create trigger react before insert or update on target for each row execute function react();`);
  for (const declaredSetSafe of [false, true]) {
    const target = await open({ columns: ['k', 'a'], declaredSetSafe, harmlessTriggers: ['react'] });
    await inTransaction(database.pool, async (tx) => {
      await tx.query(
        `select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_material', 'off', true)`,
      );
      for (const a of ['1', '2', '3'])
        await target.write(
          tx,
          linesOf(target, [
            [`x${declaredSetSafe}`, a],
            [`y${a}${declaredSetSafe}`, a],
          ]),
        );
    });
  }
  const { rows } = await run(`select distinct s.name, s.value from seen s order by 1`);
  const { rows: expected } = await run(
    `select name, reset_val as value from pg_settings where name = any('{${settings.join()}}') order by 1`,
  );
  expect(rows).toEqual(expected);
});

test('what a trigger defers again fails at the commit, for the whole chunk', async () => {
  await run(`create table target (k text primary key, a integer);
    create function check_later() returns trigger language plpgsql as $$ begin
      if new.a = 2 and pg_trigger_depth() < 2 then raise exception 'Found at the end.'; end if; return null; end $$;
    create constraint trigger later after insert on target deferrable initially deferred for each row execute function check_later();
    create function defer() returns trigger language plpgsql as $$ begin set constraints all deferred; return new; end $$;
    create trigger defer before insert on target for each row execute function defer();`);
  await expect(write(await open({ columns: ['k', 'a'] }), [['x', '2']])).rejects.toThrow('Found at the end.');
  expect(await column('select count(*) from target')).toEqual([0]);
});

test('a table that grows within a chunk is not read as a whole for each line', async () => {
  await run(
    `create table target (k text primary key, a integer);
    create function react() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger react before insert on target for each row execute function react(); insert into target values ('x', 1); vacuum analyze target`.replace(
      '; vacuum analyze target',
      '',
    ),
  );
  await run('vacuum analyze target');
  const target = await open({ columns: ['k', 'a'] });
  await inTransaction(database.pool, async (tx) => {
    await target.write(
      tx,
      linesOf(
        target,
        many(2_000, (n) => [`k${n}`, '1']),
      ),
    );
    const { rows } = await tx.query<{ n: number }>(
      `select seq_tup_read as n from pg_stat_xact_user_tables where relname = 'target'`,
    );
    expect(rows[0]?.n).toBeLessThan(20_000);
  });
});

test('a session keeps the table and the function of one plan, and a chunk that was taken back loses neither for good', async () => {
  await run('create table target (k text primary key, a integer, b integer)');
  const [one, two] = [await open({ columns: ['k', 'a'] }), await open({ columns: ['k', 'b'] })];
  await withSession(database.pool, async (session) => {
    const tx = new Wire(session);
    for (const target of [one, one, two, two, one]) {
      await tx.query('begin');
      await target.write(tx, linesOf(target, [['x', '1']]));
      await tx.rollback();
      await tx.query('begin');
      expect((await target.write(tx, linesOf(target, [['x', '1']]))).outcomes).toHaveLength(1);
      await commit(tx);
      const { rows } = await tx.query<{ tables: number; functions: number }>(
        `select (select count(*) from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r') as tables,
           (select count(*) from pg_proc where pronamespace = pg_my_temp_schema()) as functions`,
      );
      expect(rows).toEqual([{ tables: 1, functions: 1 }]);
    }
  });
  expect(await column(`select a::text || b from target`)).toEqual(['11']);
});

test('a table that is gone, or a column, is said to be', async () => {
  await run('create table target (k text primary key, a integer)');
  const target = await open({ columns: ['k', 'a'] });
  await write(target, [['x', '1']]);
  await run('alter table target drop column a');
  await expect(write(target, [['y', '1']])).rejects.toMatchObject({ code: 'table_changed' });
  await run('drop table target');
  await expect(write(target, [['y', '1']])).rejects.toThrow(/"public"\."target" can no longer be written to/);
});

test('of lines that are copied straight into the table, those that a trigger keeps out are counted as kept out', async () => {
  await run(`create table target (k text primary key, a integer);
    create function react() returns trigger language plpgsql as $$ begin if new.a = 2 then return null; end if; return new; end $$;
    create trigger react before insert on target for each row execute function react();`);
  const target = await open({ columns: ['k', 'a'], declaredSetSafe: true, harmlessTriggers: ['react'] });
  expect(
    (
      await write(target, [
        ['a', '1'],
        ['b', '1'],
      ])
    ).outcomes,
  ).toEqual(['inserted', 'inserted']);
  expect(
    (
      await write(target, [
        ['c', '1'],
        ['d', '2'],
        ['e', '1'],
      ])
    ).outcomes,
  ).toEqual(['inserted', 'suppressed', 'inserted']);
  expect(await column('select k from target order by k')).toEqual(['a', 'b', 'c', 'e']);
});

test('sets are tried in blocks as small as the errors of the chunk before say, and find the same', async () => {
  await run(
    `create table target (k text primary key, a integer check (a < 1000), u text unique); insert into target select 'k' || n, n, 'u' || n from generate_series(0, 199, 2) n`,
  );
  const target = await open({ columns: ['k', 'a', 'u'], declaredSetSafe: true });
  const chunk = (edition: number) =>
    many(200, (n) => [`k${n}`, n % 50 === 7 ? '1000' : String(n + edition), n % 100 === 33 ? 'u32' : `u${n}`]);
  for (const edition of [1, 2, 3]) {
    const { outcomes, faults } = await write(target, chunk(edition));
    expect(outcomes).toHaveLength(200);
    expect(faults.map(({ index, code }) => [index, code])).toEqual([
      [7, 'check_violated'],
      [33, 'duplicate_value'],
      [57, 'check_violated'],
      [107, 'check_violated'],
      [133, 'duplicate_value'],
      [157, 'check_violated'],
    ]);
    expect(outcomes.filter((outcome) => outcome === 'updated')).toHaveLength(edition === 1 ? 100 : 194);
  }
});

test('row security hides a record: then its key cannot be made, and it is not changed', async () => {
  const role = `stranger_${process.pid}`;
  await run(`create table target (k text primary key, a integer); insert into target values ('hidden', 1), ('seen', 2);
    alter table target enable row level security; create policy visible on target using (a > 1); create role ${role};
    grant usage on schema public to ${role}; grant all on target to ${role}`);
  await withSession(database.pool, async (session) => {
    const tx = new Wire(session);
    await tx.query('begin');
    await tx.query(`set local role ${role}`);
    const shape = await describeTable(tx, { schema: 'public', table: 'target' });
    if (!shape) throw new Error('There is no table.');
    const planned = planWrite(shape, { columns: ['k', 'a'], key: ['k'], mode: 'upsert', declaredSetSafe: true });
    if ('refusals' in planned) throw new Error('It is refused.');
    expect(planned.plan.againstSets).toEqual(['Row security applies to this role.']);
    const target = openAdoptedTable(planned.plan);
    const written = await target.write(
      tx,
      linesOf(target, [
        ['hidden', '5'],
        ['seen', '5'],
        ['new', '1'],
      ]),
    );
    expect(written.outcomes).toEqual(['errored', 'updated', 'errored']);
    expect(codes(written)).toEqual(['duplicate_value', 'not_allowed']);
    await tx.rollback();
  });
  await run(`drop owned by ${role}; drop role ${role}`);
});
