import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { countActions, deviceStates, devicesCsv, putDevices, registeredDevices } from '../../support/data/devices.ts';
import { type Answer, openServer, type TestServer } from '../server.ts';
import { type ActionsClient, ALL, APPLE, finishedJob, openClient } from './actions.ts';

let server: TestServer;
let client: ActionsClient;
let count = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  client = await openClient(server, `preview-${count}`);
});

function preview(body: Record<string, unknown> = {}): Promise<Answer> {
  return client.post('/preview', { criteria_json: ALL, action_type: 'block', ...body });
}

async function token(body?: Record<string, unknown>): Promise<string> {
  return (await preview(body)).json.preview_token as unknown as string;
}

describe('a preview', () => {
  test('counts all that match, shows the first twenty, and lasts an hour', async () => {
    const ids = await putDevices(server.pool, client.organizationId, 25);
    await putDevices(server.pool, client.organizationId, 5, 'HP Inc.');
    await server.pool.query(
      `update devices set vlan = 30, first_seen = '2026-01-31T09:00:00Z', action = 'block', action_reason = 'r' where id = $1`,
      [ids[0]],
    );
    const { status, json, headers } = await preview({ criteria_json: APPLE, action_type: 'Deny' });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(json).toEqual({
      preview_count: 25,
      affected_at_most: 25,
      sample: expect.any(Array),
      preview_token: expect.stringMatching(/^[\w-]{43}$/),
      expires_at: expect.any(String),
    });
    const sample = json.sample as unknown as { id: string }[];
    expect(sample).toHaveLength(20);
    expect(sample[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      mac: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
      vendor: 'Apple, Inc.',
      vlan: 30,
      firstSeen: '2026-01-31T09:00:00.000Z',
      action: 'block',
      actionReason: 'r',
    });
    const hour = Date.parse(String(json.expires_at)) - Date.now();
    expect(hour).toBeGreaterThan(3_540_000);
    expect(hour).toBeLessThanOrEqual(3_600_000);
  });

  test('says how many a job with its limit changes at most', async () => {
    await putDevices(server.pool, client.organizationId, 5);
    for (const [limit, most] of [
      [0, 5],
      [3, 3],
      [9, 5],
    ]) {
      expect((await preview({ max_limit: limit })).json).toMatchObject({ preview_count: 5, affected_at_most: most });
    }
  });

  test('of nothing is a preview; bad members are 400 and named', async () => {
    expect((await preview()).json).toMatchObject({ preview_count: 0, sample: [] });
    const bad = { criteria_json: { field: 'x', op: 'eq', value: 1 }, max_limit: 1, action_type: 'block' };
    expect(Object.keys((await preview(bad)).json.details ?? {})).toEqual(['criteria_json.field']);
    expect((await preview({ action_type: 'x' })).json.details).toHaveProperty('action_type');
    expect((await preview({ max_limit: -1 })).json.details).toHaveProperty('max_limit');
    expect((await preview({ action_reason: 'x' })).json.details?.body).toContain('"action_reason"');
  });

  test('sees only the devices of its own organization', async () => {
    const other = await openClient(server, `preview-${count}-other`);
    await putDevices(server.pool, other.organizationId, 3);
    expect((await preview()).json.preview_count).toBe(0);
  });

  test('keeps its devices in parts, all of them once and in order', async () => {
    await server.pool.query(
      `insert into devices (id, organization_id, key, mac)
       select (lpad(to_hex(n * 7919 % 25013), 8, '0') || '-0000-8000-8000-000000000000')::uuid, $1, n::text, n::text
       from generate_series(1, 25000) n`,
      [client.organizationId],
    );
    await token();
    const { rows } = await server.pool.query<{ ids: string[]; part: number }>(
      `select ids, p.part from preview_parts p join previews v on v.id = p.preview_id
       where v.organization_id = $1 order by part`,
      [client.organizationId],
    );
    expect(rows.map(({ ids }) => ids.length)).toEqual([10_000, 10_000, 5_000]);
    expect(rows.map(({ part }) => part)).toEqual([0, 1, 2]);
    const devices = await server.pool.query('select id from devices where organization_id = $1 order by id', [
      client.organizationId,
    ]);
    expect(rows.flatMap(({ ids }) => ids)).toEqual(devices.rows.map(({ id }) => id));
  });
});

describe('a job with the token of a preview', () => {
  test('is made while the set is the same or has shrunk, also a second time and with another limit', async () => {
    const ids = await putDevices(server.pool, client.organizationId, 3);
    const preview_token = await token();
    expect((await client.submit({ preview_token })).status).toBe(201);
    await server.pool.query('delete from devices where id = $1', [ids[0]]);
    const again = await client.submit({ preview_token, max_limit: 1 });
    expect([again.status, again.json.preview_count]).toEqual([201, 2]);
  });

  test('is 412 when a device matches that the preview does not have', async () => {
    await putDevices(server.pool, client.organizationId, 3);
    const [other] = await putDevices(server.pool, client.organizationId, 1, 'HP Inc.');
    const preview_token = await token({ criteria_json: APPLE });
    await server.pool.query(`update devices set vendor = 'Apple, Inc.' where id = $1`, [other]);
    const answer = await client.submit({ criteria_json: APPLE, preview_token });
    expect([answer.status, answer.json.title]).toEqual([412, 'Precondition Failed']);
    expect((await client.ask('/jobs')).json.jobs).toEqual([]);
    expect((await client.submit({ criteria_json: APPLE, preview_token: null })).status).toBe(201);
  });

  test.each([
    ['another criteria', { criteria_json: APPLE }],
    ['another action', { action_type: 'deny' }],
  ])('is 412 for %s', async (_what, other) => {
    const preview_token = await token();
    const answer = await client.submit({ preview_token, ...other });
    expect([answer.status, answer.json.detail]).toEqual([
      412,
      expect.stringContaining('other criteria or another action'),
    ]);
    expect((await client.submit({ preview_token })).status).toBe(201);
  });

  test("is 400 when the token's hour is over, or it is another organization's", async () => {
    const preview_token = await token();
    const other = await openClient(server, `preview-${count}-other`);
    const theirs = await other.submit({ preview_token });
    await server.pool.query('update previews set expires_at = now() where organization_id = $1', [
      client.organizationId,
    ]);
    const late = await client.submit({ preview_token });
    const unknown = await client.submit({ preview_token: 'unknown' });
    for (const answer of [theirs, late, unknown]) {
      expect([answer.status, answer.json.details]).toEqual([400, unknown.json.details]);
    }
  });

  test('sent again after the preview is over gets the first answer', async () => {
    const preview_token = await token();
    const key = { 'idempotency-key': 'sealed' };
    const first = await client.submit({ preview_token }, key);
    await server.pool.query('delete from previews where organization_id = $1', [client.organizationId]);
    const again = await client.submit({ preview_token }, key);
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  test('touches no other device, also when it runs later; what matches no more is left alone', async () => {
    const ids = await putDevices(server.pool, client.organizationId, 12);
    let now = new Date();
    const at = new Date(now.getTime() + 7_200_000);
    const preview_token = await token({ criteria_json: APPLE });
    const answer = await client.submit({ criteria_json: APPLE, preview_token, scheduled_at: at.toISOString() });
    await putDevices(server.pool, client.organizationId, 5);
    await server.pool.query(`update devices set vendor = 'HP' where id = $1`, [ids[4]]);
    // Long after its hour, and others are made: the preview is kept for the job.
    await server.pool.query(`update previews set expires_at = now() - interval '1 day'`);
    await preview();
    now = at;
    const done = await server.working(() => finishedJob(server, client, answer), { clock: () => now, chunkRows: 4 });
    expect(done.json).toMatchObject({ status: 'completed', affected_count: 11, progress_percent: 100 });
    const states = await deviceStates(server.pool, client.organizationId);
    const blocked = [...states].filter(([, { action }]) => action === 'block').map(([id]) => id);
    expect(blocked).toEqual(ids.filter((id) => id !== ids[4]));
    // Now nobody needs it any more.
    await preview();
    const { rows } = await server.pool.query(
      `select count(*) from previews where organization_id = $1 and expires_at < now()`,
      [client.organizationId],
    );
    expect(rows).toEqual([{ count: 0 }]);
  });
});

test('every device of one vendor is blocked for an hour: previewed, sealed, done, and taken back at the end', {
  timeout: 120_000,
}, async () => {
  const { organizationId } = client;
  const vendors = registeredDevices();
  const apple = [...vendors].filter(([, vendor]) => vendor === 'Apple, Inc.').map(([mac]) => mac);
  const imported = await server.submit(organizationId, 'import-devices', devicesCsv(vendors));
  let now = new Date('2026-06-01T08:00:00Z');
  const working = <T>(body: () => Promise<T>) => server.working(body, { clock: () => now });
  await working(() => server.finished(imported));

  const stale = await token({ criteria_json: APPLE });
  await putDevices(server.pool, organizationId, 1);
  const order = { criteria_json: APPLE, action_duration: 3_600, action_reason: 'firmware' };
  expect((await client.submit({ ...order, preview_token: stale })).status).toBe(412);

  const sealed = await preview({ criteria_json: APPLE });
  expect(sealed.json.preview_count).toBe(apple.length + 1);
  const job = await client.submit({ ...order, preview_token: sealed.json.preview_token });
  const done = await working(() => finishedJob(server, client, job));
  expect(done.json).toMatchObject({ status: 'completed', affected_count: apple.length + 1 });
  expect(await countActions(server.pool, organizationId)).toEqual({
    block: apple.length + 1,
    none: vendors.size - apple.length,
  });
  const blocked = await client.post('/preview', {
    criteria_json: {
      all: [
        { field: 'action', op: 'eq', value: 'block' },
        { field: 'actionUntil', op: 'eq', value: '2026-06-01T09:00:00Z' },
      ],
    },
    action_type: 'allow',
  });
  expect(blocked.json.preview_count).toBe(apple.length + 1);

  // The hour ends while no worker is there; the next one takes the devices back.
  now = new Date('2026-06-01T09:00:00Z');
  expect((await countActions(server.pool, organizationId)).block).toBe(apple.length + 1);
  await working(async () => {
    await expect.poll(() => countActions(server.pool, organizationId)).not.toHaveProperty('block');
  });
  expect(await countActions(server.pool, organizationId)).toEqual({ none: vendors.size + 1 });
});
