import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSlowWire } from '../../bench/support/slow-wire.ts';
import { commit, isOutage, openPool, withNamedSession, withSession } from '../../src/store/connection/pool.ts';
import { prepared, sql } from '../../src/store/connection/sql.ts';
import { type Statement, Wire } from '../../src/store/connection/wire.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query('create table pairs (n integer primary key, word text)');
});
afterAll(() => database.drop());

/** Works on a session, with nothing in the table. */
async function on<T>(work: (wire: Wire) => Promise<T>): Promise<T> {
  await database.pool.query('truncate pairs');
  return withSession(database.pool, (session) => work(new Wire(session)));
}

const copied = (text: string): Statement => ({ text: 'copy pairs from stdin', copy: Buffer.from(text) });
const count = async () => (await database.pool.query('select count(*)::int as n from pairs')).rows[0].n;

test('statements give what they gave, a COPY among them takes and gives its lines', async () => {
  await on(async (wire) => {
    wire.send('begin');
    wire.send(copied('1\tone\n2\ttwo\n3\t\\N\n'));
    const updated = wire.send({ text: 'update pairs set word = $1 where n > $2', values: ['many', 1] });
    const read = wire.send<{ n: number; word: string | null }>('select * from pairs order by n');
    const arrays = wire.send<[number]>({ text: 'select count(*)::int from pairs', rowMode: 'array' });
    const lines: string[] = [];
    wire.send({
      text: 'copy (select n, word from pairs order by n) to stdout',
      onLine: (line) => lines.push(`${line}`),
    });
    wire.send('commit');
    await wire.answered();
    expect([updated.rowCount, updated.tag]).toEqual([2, 'UPDATE 2']);
    expect(read.rows).toEqual([
      { n: 1, word: 'one' },
      { n: 2, word: 'many' },
      { n: 3, word: 'many' },
    ]);
    expect(arrays.rows).toEqual([[3]]);
    expect(lines).toEqual(['1\tone\n', '2\tmany\n', '3\tmany\n']);
  });
  expect(await count()).toBe(3);
});

test('a trip that begins and commits is one way to the database and back, as long as it is', async () => {
  await database.pool.query('truncate pairs');
  const slow = await openSlowWire(database.url, 20);
  const pool = openPool({ url: slow.url, applicationName: 'openbulk test', max: 1 });
  try {
    await pool.query('select 1');
    const before = slow.trips();
    await withSession(pool, async (session) => {
      const wire = new Wire(session);
      for (const first of [1, 4, 7]) {
        wire.send('begin');
        wire.send(copied(`${first}\ta\n${first + 1}\tb\n`));
        wire.send({ text: 'insert into pairs values ($1)', values: [first + 2] });
        wire.send('commit');
        // The next one does not wait for it.
        void wire.answered();
      }
      await wire.answered();
    });
    expect(slow.trips() - before).toBe(1);
    expect(await count()).toBe(9);
  } finally {
    await pool.end();
    await slow.close();
  }
});

test('what follows a statement that failed is not done, in its trip and in those behind it, until it is taken back', async () => {
  await on(async (wire) => {
    wire.send('begin');
    wire.send(copied('1\tone\n'));
    wire.send({
      text: 'select 1 / $1::int',
      values: [0],
      refused: (error) => new Error('no such share', { cause: error }),
    });
    wire.send(copied('2\ttwo\n'));
    wire.send('commit');
    const first = wire.answered();
    wire.send('begin');
    wire.send(copied('3\tthree\n'));
    wire.send('commit');
    const second = wire.answered();
    await expect(first).rejects.toThrow('no such share');
    await expect(second).rejects.toThrow('current transaction is aborted');
    await wire.rollback();
    expect((await wire.query('select * from pairs')).rows).toEqual([]);
    await wire.query(copied('4\tfour\n'));
  });
  expect(await count()).toBe(1);
});

test('the data of a COPY that is refused are passed over, and the session goes on', async () => {
  await on(async (wire) => {
    await expect(wire.query(copied(`1\tone\nnone\n${'2\tx\n'.repeat(100_000)}`))).rejects.toThrow(
      'invalid input syntax',
    );
    await expect(
      wire.query({ ...copied('1\tone\n'.repeat(100_000)), text: 'copy nowhere from stdin' }),
    ).rejects.toThrow('does not exist');
    await expect(wire.query(copied('1\tone\n1\tone\n'))).rejects.toMatchObject({ code: '23505' });
    await wire.query(copied('1\tone\n'));
  });
  expect(await count()).toBe(1);
});

test('a transaction of which something failed that nobody asked about is not taken for committed', async () => {
  await on(async (wire) => {
    wire.send('begin');
    wire.send(copied('1\tone\n'));
    wire.send('select 1 / 0');
    wire.answered().catch(() => {});
    await expect(commit(wire)).rejects.toThrow('could not be committed');
  });
  expect(await count()).toBe(0);
});

test('all that is under way fails when the connection breaks, and the pool gives another', async () => {
  const broken = withNamedSession(database.pool, 'openbulk broken', async (wire) => {
    await wire.query('begin');
    const waiting = wire.query('select pg_sleep(60)');
    const behind = wire.query('select 1');
    const errors = Promise.allSettled([waiting, behind]);
    const { rowCount } = await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'openbulk broken'`,
    );
    expect(rowCount).toBe(1);
    const reasons = (await errors).map((result) => result.status === 'rejected' && isOutage(result.reason));
    expect(reasons).toEqual([true, true]);
    await wire.rollback();
    throw new Error('as it is');
  });
  await expect(broken).rejects.toThrow('as it is');
  await database.pool.query('select 1');
});

test('a prepared statement is known to the session, whoever prepared it, and though its first trip failed', async () => {
  await withSession(database.pool, async (session) => {
    const wire = new Wire(session);
    const one = prepared(sql`select ${1}::integer as first`);
    const two = prepared(sql`select ${2}::integer as second`);
    wire.send('begin');
    wire.send('select 1 / 0');
    wire.send(one as Statement);
    await expect(wire.answered()).rejects.toThrow('division by zero');
    await wire.rollback();
    expect((await wire.query(one as Statement)).rows).toEqual([{ first: 1 }]);
    expect((await session.query(one)).rows).toEqual([{ first: 1 }]);
    expect((await session.query(two)).rows).toEqual([{ second: 2 }]);
    expect((await wire.query(two as Statement)).rows).toEqual([{ second: 2 }]);
    const { rows } = await session.query('select count(*)::int as n from pg_prepared_statements');
    expect(rows).toEqual([{ n: 2 }]);
  });
});
