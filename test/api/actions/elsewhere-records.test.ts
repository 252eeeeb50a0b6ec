import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { type Elsewhere, openElsewhere } from '../../../src/store/elsewhere/databases.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type Desk, openDesk } from '../resources/desk.ts';
import { openServer, type TestServer } from '../server.ts';
import { type Acting, act, where } from './records.ts';

/** Records in another database that are set and deleted by criteria. */
let server: TestServer;
let there: TestDatabase;
let elsewhere: Elsewhere;

beforeAll(async () => {
  there = await createTestDatabase({ migrated: false });
  await there.pool.query('create schema sales');
  elsewhere = openElsewhere({ crm: there.url }, { applicationName: 'test', max: 4, purpose: 'requests' });
  const adoption = new AdoptionRules([{ slug: '*', schema: 'sales', table: '*', connection: 'crm' }]);
  server = await openServer({ elsewhere, adoption });
});
afterAll(async () => {
  await elsewhere.end();
  await there.drop();
  await server.close();
});

const ORDERS = { resource: 'orders' };

async function withOrders(slug: string): Promise<{ desk: Desk; acting: Acting }> {
  await there.pool.query(
    `create table sales.${slug} (code text primary key, amount numeric check (amount < 100), tenant text)`,
  );
  const knowing = {
    ...server,
    working: ((body, options) => server.working(body, { elsewhere, ...options })) as TestServer['working'],
  };
  const desk = await openDesk(knowing, slug);
  const declared = await desk.put({
    fields: [{ name: 'code' }, { name: 'amount', type: 'number' }],
    primaryKey: 'code',
    openbulk: { name: 'orders', connection: 'crm', schema: 'sales', table: slug, organization: 'tenant' },
  });
  expect(declared.status, declared.text).toBe(200);
  await there.pool.query(
    `insert into sales.${slug} select 'A' || n, n, case when n < 6 then $1 else 'other' end from generate_series(1, 9) n`,
    [slug],
  );
  return { desk, acting: act(knowing, desk) };
}

async function amounts(slug: string): Promise<number[]> {
  const { rows } = await there.pool.query(`select amount::float8 as amount from sales.${slug} order by code`);
  return rows.map(({ amount }) => amount);
}

test('they are set and deleted there, those of the organization alone; a limit holds, and the database refuses what it refuses', async () => {
  const { acting } = await withOrders('setting');
  const set = { ...ORDERS, action_type: 'set' };
  expect(await acting.done({ ...set, values: { amount: 50 }, criteria_json: where('amount', 'gte', 4) })).toMatchObject(
    {
      outcomes: { updated: 2, deleted: 0, skipped: 0, errored: 0 },
    },
  );
  expect(await acting.done({ ...set, values: { amount: 50 }, max_limit: 2 })).toMatchObject({
    outcomes: { updated: 2 },
  });
  expect(await amounts('setting')).toEqual([50, 50, 3, 50, 50, 6, 7, 8, 9]);
  expect(await acting.done({ ...set, values: { amount: 500 } })).toMatchObject({
    outcomes: { updated: 0, errored: 5 },
  });
  const gone = { ...ORDERS, action_type: 'delete', criteria_json: where('amount', 'eq', 50) };
  expect(await acting.done(gone)).toMatchObject({ outcomes: { deleted: 4 } });
  expect(await amounts('setting')).toEqual([3, 6, 7, 8, 9]);
});

test('a preview seals them: what matches later is 412, and a job touches only those that still match', async () => {
  const { acting } = await withOrders('sealing');
  const asked = { ...ORDERS, action_type: 'set', values: { amount: 1 }, criteria_json: where('amount', 'gte', 2) };
  const { json } = await acting.ask('/preview', asked);
  expect(json).toMatchObject({
    preview_count: 4,
    sample: [{ code: 'A2' }, { code: 'A3' }, { code: 'A4' }, { code: 'A5' }],
  });
  const sealed = { ...asked, preview_token: json.preview_token };
  await there.pool.query(`update sales.sealing set amount = 0 where code = 'A4'`);
  expect(await acting.done(sealed)).toMatchObject({ outcomes: { updated: 3 } });
  expect(await amounts('sealing')).toEqual([1, 1, 1, 0, 1, 6, 7, 8, 9]);
  await there.pool.query(`update sales.sealing set amount = 9 where code in ('A1', 'A5')`);
  expect((await acting.job(sealed)).status).toBe(412);
});

test('of what is there nothing can be put back later', async () => {
  const { acting } = await withOrders('lasting');
  expect(await acting.refused({ ...ORDERS, action_type: 'set', values: { amount: 1 }, action_duration: 60 })).toEqual({
    action_duration: 'must be 0 for orders: of records in another database, the values before are not kept',
  });
});
