import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withSession } from '../../src/store/connection/pool.ts';
import { prepared, sql, statement } from '../../src/store/connection/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});
afterAll(() => database.drop());

test('a moment is read as what it is, in any year and in any time zone of the session', async () => {
  const zones = ['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Europe/Amsterdam'];
  const moment = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('+012000-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  const moments = [
    ...fc.sample(moment, 200),
    ...fc.sample(fc.date({ min: new Date('1880-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), 200),
    ...['0050-06-01T00:00:00Z', '0999-12-31T23:59:59.999Z', '1000-01-01T00:00:00.001Z', '9999-12-31T23:59:59.569Z'].map(
      (text) => new Date(text),
    ),
  ];
  await withSession(database.pool, async (session) => {
    for (const zone of zones) {
      await session.query("select set_config('timezone', $1, false)", [zone]);
      const { rows } = await session.query<{ moment: Date }>(
        // What is left of a millisecond is cut off, not rounded.
        `select timestamptz 'epoch' + ms * interval '1 millisecond' + interval '600 microseconds' as moment
         from unnest($1::float8[]) ms`,
        [moments.map((date) => date.getTime())],
      );
      expect(rows.map((row) => row.moment.getTime())).toEqual(moments.map((date) => date.getTime()));
    }
    const { rows } = await session.query("select timestamptz 'infinity' as never, timestamptz '-infinity' as always");
    expect(rows).toEqual([{ never: Number.POSITIVE_INFINITY, always: Number.NEGATIVE_INFINITY }]);
    await session.query('reset timezone');
  });
});

test('a prepared query is parsed once in a session, and another text under another name', async () => {
  const twoOf = statement<{ value: number }>(($) => sql`select ${$.value}::integer as two`);
  await withSession(database.pool, async (session) => {
    for (const value of [1, 2, 3]) {
      expect((await session.query(prepared(sql`select ${value}::integer as one`))).rows).toEqual([{ one: value }]);
      expect((await session.query(twoOf({ value }))).rows).toEqual([{ two: value }]);
    }
    const { rows } = await session.query('select statement from pg_prepared_statements order by statement');
    expect(rows.map(({ statement }) => statement)).toEqual(['select $1::integer as one', 'select $1::integer as two']);
  });
});
