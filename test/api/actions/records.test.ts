import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putDevices } from '../../support/data/devices.ts';
import { customers, type Desk, openDesk } from '../resources/desk.ts';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { type Acting, act, where } from './records.ts';

let server: TestServer;
let made = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

async function open(): Promise<{ desk: Desk; acting: Acting }> {
  made += 1;
  const desk = await openDesk(server, `criteria-${made}`);
  return { desk, acting: act(server, desk) };
}

const MORE = [
  { name: 'balance', type: 'number', decimalChar: ',', constraints: { minimum: 0 } },
  { name: 'active', type: 'boolean', trueValues: ['ja'], falseValues: ['nein'] },
  { name: 'tags', type: 'list', delimiter: ';' },
  { name: 'extra', type: 'object' },
  { name: 'nick', type: 'string', constraints: { unique: true } },
];

const CSV = `email,name,since,balance,nick
a@x.org,Ada,2020-01-01,1,a
b@x.org,Bob,2021-01-01,2,b
c@x.org,Cas,2022-01-01,3,c
`;

async function withCustomers(): Promise<{ desk: Desk; acting: Acting }> {
  const { desk, acting } = await open();
  expect((await desk.put(customers(...MORE))).status).toBe(200);
  await desk.imported('customers', CSV);
  return { desk, acting };
}

const ofRecords = { resource: 'customers' };

describe('a declared resource', () => {
  test('columns of the records that match are set; a record that says so already is skipped', async () => {
    const { desk, acting } = await withCustomers();
    await acting.done({
      ...ofRecords,
      action_type: 'set',
      values: { name: 'Bea' },
      criteria_json: where('email', 'eq', 'b@x.org'),
    });
    const job = await acting.done({
      ...{ ...ofRecords, action_type: 'set', values: { name: 'Bea', since: '2024-02-29' } },
      criteria_json: where('email', 'in', ['b@x.org', 'c@x.org']),
    });
    expect(job).toMatchObject({
      ...{ status: 'completed', action_type: 'set', resource: 'customers', preview_count: 2, affected_count: 2 },
      ...{ values: { name: 'Bea', since: '2024-02-29' }, progress_percent: 100 },
      outcomes: { updated: 2, deleted: 0, skipped: 0, errored: 0 },
    });
    expect(await acting.done({ ...ofRecords, action_type: 'set', values: { name: 'Bea' } })).toMatchObject({
      outcomes: { updated: 1, skipped: 2 },
    });
    expect((await desk.records('customers')).map(({ name, since }) => [name, since])).toEqual([
      ['Bea', '2020-01-01'],
      ['Bea', '2024-02-29'],
      ['Bea', '2024-02-29'],
    ]);
  });

  test('values are written as records show them, whatever their files look like, and null clears one', async () => {
    const { desk, acting } = await withCustomers();
    const values = { balance: 1234.5, active: true, tags: ['a', 'b c'], extra: { deep: [1.5, null] }, since: null };
    await acting.done({ ...ofRecords, action_type: 'set', values, criteria_json: where('email', 'eq', 'a@x.org') });
    const [record] = await desk.records('customers');
    const { since: _, ...shown } = values;
    expect(record).toEqual({ email: 'a@x.org', name: 'Ada', nick: 'a', ...shown });
    const same = await acting.done({
      ...ofRecords,
      action_type: 'set',
      values,
      criteria_json: where('email', 'eq', 'a@x.org'),
    });
    expect(same).toMatchObject({ outcomes: { updated: 0, skipped: 1 } });
  });

  test('what is wrong with a value is said by its column, with the value and what it must be', async () => {
    const { acting } = await withCustomers();
    const refused = (values: unknown) => acting.refused({ ...ofRecords, action_type: 'set', values });
    expect(
      await refused({
        name: 'x'.repeat(21),
        since: 'soon',
        balance: -1,
        active: 'ja',
        email: 'z@x.org',
        nope: 1,
        tags: [{}],
      }),
    ).toEqual({
      'values.name': expect.stringContaining('name must be at most 20 characters long; found 21'),
      'values.since': expect.stringMatching(/^since must be a date.*; found "soon"\.$/),
      'values.balance': expect.stringMatching(/^balance must be .* 0.*; found "-1"\.$/),
      'values.active': expect.stringMatching(/^active must be .*; found "ja"\.$/),
      'values.email': expect.stringContaining('identifies the record and cannot be set'),
      'values.nope': expect.stringContaining('customers has no column "nope"; it can set name, since, balance'),
      'values.tags': expect.stringMatching(/^tags must be .*; found an array$/),
    });
    expect(await refused({ name: null })).toEqual({ 'values.name': 'name is required; found "".' });
    expect(await refused({ name: ' ' })).toEqual({ 'values.name': 'name is required; found "".' });
    expect(await refused({})).toEqual({ values: expect.stringContaining('give at least one column') });
    expect(await refused(undefined)).toEqual({ values: expect.stringContaining('give at least one column') });
    expect(await acting.refused({ ...ofRecords, action_type: 'delete', values: { name: 'x' } })).toEqual({
      values: 'are only for set; delete takes none',
    });
  });

  test('a record that only the database can refuse is errored with its name; the others are set', async () => {
    const { desk, acting } = await withCustomers();
    const job = await acting.done({ ...ofRecords, action_type: 'set', values: { nick: 'c' } });
    expect(job).toMatchObject({ status: 'completed', outcomes: { updated: 0, skipped: 1, errored: 2 } });
    const { json } = await desk.ask(`/bulk-tasks/${String(job.job_id)}`);
    expect((json.data as Json).report).toMatchObject({
      numItems: 3,
      erroredLines: [
        {
          line: 1,
          code: 'duplicate_value',
          column: 'nick',
          reason: expect.stringMatching(/^Record "a@x.org": Another record has the same nick/),
        },
        { line: 2, code: 'duplicate_value' },
      ],
    });
    expect((await desk.records('customers')).map(({ nick }) => nick)).toEqual(['a', 'b', 'c']);
  });

  test('records are deleted, with a reason; a limit is of those that change', async () => {
    const { desk, acting } = await withCustomers();
    const gone = { ...ofRecords, action_type: 'delete' };
    expect(await acting.refused({ ...gone, action_reason: '' })).toEqual({
      action_reason: 'is required for delete; give a reason',
    });
    expect(await acting.refused({ ...gone, action_duration: 60 })).toEqual({
      action_duration: 'must be 0 for delete: a deleted record cannot be restored',
    });
    const job = await acting.done({ ...gone, max_limit: 1, criteria_json: where('balance', 'gte', 2) });
    expect(job).toMatchObject({ affected_count: 1, outcomes: { updated: 0, deleted: 1, skipped: 0, errored: 0 } });
    expect((await desk.records('customers')).map(({ name }) => name)).toEqual(['Ada', 'Cas']);
    await acting.done({ ...ofRecords, action_type: 'set', values: { name: 'Cas' }, max_limit: 1 });
    expect((await desk.records('customers')).map(({ name }) => name)).toEqual(['Cas', 'Cas']);
  });

  test('a preview counts, shows and seals: other values or a record more are 412, and a job touches none but its own', async () => {
    const { desk, acting } = await withCustomers();
    const criteria_json = where('balance', 'gte', 2);
    const asked = { ...ofRecords, action_type: 'set', values: { name: 'Bea' }, criteria_json };
    const preview = await acting.ask('/preview', asked);
    expect(preview.json).toMatchObject({ preview_count: 2, affected_at_most: 2 });
    expect((preview.json.sample as unknown as Json[]).map(({ email, balance }) => [email, balance])).toEqual([
      ['b@x.org', 2],
      ['c@x.org', 3],
    ]);
    const sealed = { ...asked, preview_token: preview.json.preview_token };
    expect((await acting.job({ ...sealed, values: { name: 'Bee' } })).status).toBe(412);
    const later = await acting.job(sealed);
    expect(later.status, later.text).toBe(201);
    await desk.imported('customers', 'email,name,balance\nd@x.org,Dan,9\n');
    const grown = await acting.job(sealed);
    expect([grown.status, grown.json.detail]).toEqual([412, expect.stringContaining('More records match now')]);
    const again = await acting.ask('/preview', asked);
    expect(again.json.preview_count).toBe(3);
    await acting.done({ ...asked, preview_token: again.json.preview_token, max_limit: 2 });
    expect((await desk.records('customers')).map(({ name }) => name)).toEqual(['Ada', 'Bea', 'Bea', 'Bea']);
  });

  test('it takes the permission for the verb; whoever may not list sees no records in a preview', async () => {
    const { acting } = await withCustomers();
    const set = { ...ofRecords, criteria_json: { all: [] }, action_type: 'set', values: { name: 'Bea' } };
    const gone = { ...ofRecords, criteria_json: { all: [] }, action_type: 'delete', action_reason: 'x' };
    const refused = await acting.job(set, ['actions.bulk.job.create', 'resource.customers.delete']);
    expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining('resource.customers.act')]);
    const alsoRefused = await acting.job(gone, ['actions.bulk.job.create', 'resource.customers.act']);
    expect([alsoRefused.status, alsoRefused.json.detail]).toEqual([
      403,
      expect.stringContaining('resource.customers.delete'),
    ]);
    expect((await acting.job(set, ['actions.bulk.job.create', 'resource.customers.act'])).status).toBe(201);
    expect((await acting.job(gone, ['actions.bulk.job.create', 'resource.*.delete'])).status).toBe(201);
    const blind = await acting.ask('/preview', set, ['actions.bulk.preview', 'resource.customers.act']);
    expect(blind.json).toMatchObject({ preview_count: 3, sample: [] });
    const seeing = await acting.ask('/preview', set, [
      ...(['actions.bulk.preview', 'resource.customers.act', 'resource.customers.list'] as const),
    ]);
    expect(seeing.json.sample).toHaveLength(3);
    expect((await acting.ask('/preview', set, ['actions.bulk.preview'])).status).toBe(403);
  });

  test('a declaration that does not allow it is refused, and so are resources that there are not and actions on devices', async () => {
    const { desk, acting } = await open();
    const declaration = customers();
    await desk.put({ ...declaration, openbulk: { ...declaration.openbulk, operations: ['import', 'export'] } });
    expect(await acting.refused({ ...ofRecords, action_type: 'set', values: { name: 'x' } })).toEqual({
      resource:
        '"customers" does not allow actions (openbulk.operations); use one of inventory-items, mdm-users, devices, identities',
    });
    expect(await acting.refused({ resource: 'nothing', action_type: 'delete' })).toEqual({
      resource: expect.stringContaining('"nothing" is not a resource; use one of'),
    });
    expect(await acting.refused({ resource: 'inventory-items', action_type: 'block' })).toEqual({
      action_type: 'block is not for inventory-items; use one of set, delete',
    });
  });

  test('nothing is seen or changed of another organization', async () => {
    const [one, two] = [await withCustomers(), await withCustomers()];
    expect(await one.acting.done({ ...ofRecords, action_type: 'set', values: { name: 'Mine' } })).toMatchObject({
      affected_count: 3,
    });
    expect((await two.desk.records('customers')).map(({ name }) => name)).toEqual(['Ada', 'Bob', 'Cas']);
    await one.acting.done({ ...ofRecords, action_type: 'delete' });
    expect(await two.desk.records('customers')).toHaveLength(3);
  });

  test('a scheduled job waits, and can be cancelled', async () => {
    const { desk, acting } = await withCustomers();
    const made_ = await acting.job({ ...ofRecords, action_type: 'delete', scheduled_at: '2030-01-01T00:00:00Z' });
    expect(made_.json).toMatchObject({ status: 'scheduled', scheduled_at: '2030-01-01T00:00:00.000Z' });
    expect((await acting.ask(`/jobs/${String(made_.json.job_id)}/cancel`, {})).json).toMatchObject({
      status: 'cancelled',
    });
    expect(await desk.records('customers')).toHaveLength(3);
  });

  test('fields that name a record together are set together, and refer to one that is there', async () => {
    const { desk, acting } = await withCustomers();
    const declared = await desk.put({
      fields: [{ name: 'code' }, { name: 'customer', type: 'string' }, { name: 'note' }],
      primaryKey: 'code',
      foreignKeys: [{ fields: 'customer', reference: { resource: 'customers', fields: 'email' } }],
      openbulk: { name: 'orders' },
    });
    expect(declared.status, declared.text).toBe(200);
    await desk.imported('orders', 'code,customer\nO1,a@x.org\nO2,b@x.org\n');
    const orders = { resource: 'orders', action_type: 'set' };
    const lost = await acting.done({ ...orders, values: { customer: 'z@x.org' } });
    expect(lost).toMatchObject({ outcomes: { updated: 0, errored: 2 } });
    expect(await acting.done({ ...orders, values: { customer: 'c@x.org', note: 'moved' } })).toMatchObject({
      outcomes: { updated: 2, errored: 0 },
    });
    // Others refer to it.
    expect(await acting.done({ ...ofRecords, action_type: 'delete' })).toMatchObject({
      outcomes: { deleted: 2, errored: 1 },
    });
    expect((await desk.records('customers')).map(({ email }) => email)).toEqual(['c@x.org']);
  });
});

describe('a resource that comes with OpenBulk', () => {
  test('inventory items and users are set, members of open columns too, and deleted', async () => {
    const { desk, acting } = await open();
    const items =
      'basic.name,basic.type,identifiers.serialNumber,purchase.pricing\nA,laptop,S1,1.50\nB,laptop,S2,2\nC,desk,S3,3\n';
    await desk.over(await desk.ask('/bulk-tasks', 'POST', form({ action: 'import-inventory-items' }, items)));
    const item = { resource: 'inventory-items' };
    expect(
      await acting.done({
        ...{ ...item, action_type: 'set', values: { 'basic.status': 'sold', 'purchase.pricing': 9.99 } },
        criteria_json: where('basic.type', 'eq', 'laptop'),
      }),
    ).toMatchObject({ affected_count: 2 });
    await acting.done({ ...item, action_type: 'delete', criteria_json: where('basic.status', 'exists', false) });
    const { json } = await desk.ask('/inventory-items?sort=createdAt:asc');
    expect((json.data as unknown as { items: Json[] }).items).toMatchObject([
      { basic: { name: 'A', status: 'sold' }, purchase: { pricing: 9.99 } },
      { basic: { name: 'B', status: 'sold' }, purchase: { pricing: 9.99 } },
    ]);
    expect(await acting.refused({ ...item, action_type: 'set', values: { 'identifiers.foreignId': 'F' } })).toEqual({
      'values.identifiers.foreignId': expect.stringContaining('identifies the record'),
    });

    const users = 'email,name,metadata.room,metadata.floor\nu@x.org,U,1,2\nv@x.org,V,3,\n';
    await desk.over(await desk.ask('/bulk-tasks', 'POST', form({ action: 'import-mdm-users' }, users)));
    const user = { resource: 'mdm-users', action_type: 'set' };
    const values = { 'metadata.room': '7', 'metadata.floor': null, tags: ['x', 'y'] };
    expect(await acting.done({ ...user, values })).toMatchObject({ affected_count: 2 });
    expect(await acting.done({ ...user, values })).toMatchObject({ affected_count: 0, outcomes: { skipped: 2 } });
    const listed = (await desk.ask('/mdm/users?sort=createdAt:asc')).json.data as unknown as { items: Json[] };
    expect(listed.items).toMatchObject([
      { email: 'u@x.org', metadata: { room: '7' }, tags: ['x', 'y'] },
      { email: 'v@x.org', metadata: { room: '7' }, tags: ['x', 'y'] },
    ]);
    expect(listed.items[0]?.metadata).toEqual({ room: '7' });
  });

  test('devices are set as well; what actions set is read-only, and block asks for no more than before', async () => {
    const { desk, acting } = await open();
    await putDevices(server.pool, desk.organizationId, 2);
    expect(await acting.done({ action_type: 'set', values: { site: 'Madrid' } })).toMatchObject({
      ...{ resource: 'devices', affected_count: 2 },
    });
    expect(await acting.refused({ action_type: 'set', values: { action: 'block', mac: '0' } })).toEqual({
      'values.action': 'action is read-only: it is set by bulk actions',
      'values.mac': expect.stringContaining('identifies the record'),
    });
    const block = await acting.job({ action_type: 'block' }, ['actions.bulk.job.create']);
    expect(block.status).toBe(201);
    expect(block.json).not.toHaveProperty('resource');
    const more = await acting.job({ action_type: 'set', values: { site: 'x' } }, ['actions.bulk.job.create']);
    expect(more.json.detail).toContain('resource.devices.act');
  });

  test('of identities, whose columns are their ids, records are only deleted', async () => {
    const { desk, acting } = await open();
    const token = await server.token(desk.organizationId);
    const body = '{"object_id":"1","team":"a"}\n{"object_id":"2","team":"b"}';
    const headers = { 'content-type': 'application/jsonl' };
    const patched = await server.ask('/activityid/v1/user/bulk', { method: 'PATCH', token, headers, body });
    expect(patched.status, patched.text).toBe(202);
    const { bulkId } = patched.json.content as Json;
    const { organizationId } = desk;
    const task = { id: String(bulkId), organizationId } as Parameters<TestServer['finished']>[0];
    await server.working(() => server.finished(task));
    const identities = { resource: 'identities' };
    expect(await acting.refused({ ...identities, action_type: 'set', values: { object_id: '3' } })).toEqual({
      'values.object_id': expect.stringContaining('identifies the record'),
    });
    const job = { ...identities, action_type: 'delete', criteria_json: where('document.team', 'eq', 'a') };
    expect(await acting.done(job)).toMatchObject({ affected_count: 1, outcomes: { deleted: 1 } });
    const { rows } = await server.pool.query('select object_id from identities where organization_id = $1', [
      organizationId,
    ]);
    expect(rows).toEqual([{ object_id: '2' }]);
  });
});
