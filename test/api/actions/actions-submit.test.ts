import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ALL_PERMISSIONS } from '../../../src/auth/permissions.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { countActions, putDevices } from '../../support/data/devices.ts';
import { openServer, type TestServer } from '../server.ts';
import { type ActionsClient, ALL, APPLE, BULK, finishedJob, openClient } from './actions.ts';

let server: TestServer;
let client: ActionsClient;
let count = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  client = await openClient(server, `submit-${count}`);
});

const NEVER = 'never listed';

describe('what is wrong with a job is told by the name of each member', () => {
  test.each([
    ['no criteria', { criteria_json: undefined }, 'criteria_json', 'must be criteria'],
    ['an empty criteria', { criteria_json: '' }, 'criteria_json', 'is missing'],
    ['a criteria that says nothing', { criteria_json: {} }, 'criteria_json', 'has no condition'],
    ['a criteria that is no JSON', { criteria_json: '{"all":[}' }, 'criteria_json', 'is not JSON'],
    ['a criteria of another type', { criteria_json: 7 }, 'criteria_json', 'must be criteria'],
    ['a list as criteria', { criteria_json: [] }, 'criteria_json', 'must be criteria'],
    [
      'an unknown field',
      { criteria_json: { all: [{ field: 'colour', op: 'eq', value: 'red' }] } },
      'criteria_json.all[0].field',
      'found "colour"',
    ],
    [
      'an unknown operator',
      { criteria_json: { field: 'mac', op: 'glob', value: '*' } },
      'criteria_json.op',
      'found "glob"',
    ],
    [
      'an unpaired surrogate in a value',
      { criteria_json: { field: 'hostname', op: 'eq', value: '\ud800' } },
      'criteria_json.value',
      'hostname must be',
    ],
    [
      'an unpaired surrogate in a pattern',
      { criteria_json: { field: 'hostname', op: 'like', value: '\ud800%' } },
      'criteria_json.value',
      'an unpaired surrogate',
    ],
    ['an unknown action', { action_type: 'explode' }, 'action_type', 'must be one of block, deny'],
    ['no action', { action_type: undefined }, 'action_type', 'must be one of block, deny'],
    ['no reason for a block', { action_reason: '' }, 'action_reason', 'is required for block'],
    ['a blank reason for a deny', { action_type: 'deny', action_reason: ' \t' }, 'action_reason', 'required for deny'],
    ['no reason for a cleanup', { action_type: 'cleanup', action_reason: undefined }, 'action_reason', 'for cleanup'],
    ['a reason of 1,001 characters', { action_reason: 'x'.repeat(1_001) }, 'action_reason', '1000 characters'],
    ['a NUL in the reason', { action_reason: 'a\0b' }, 'action_reason', 'NUL'],
    ['an unpaired surrogate in the reason', { action_reason: 'a\ud800' }, 'action_reason', 'unpaired surrogate'],
    ['a reason that is no text', { action_reason: 5 }, 'action_reason', 'must be a string'],
    ['a negative duration', { action_duration: -1 }, 'action_duration', 'whole number of seconds'],
    ['half a second', { action_duration: 0.5 }, 'action_duration', 'whole number of seconds'],
    ['more than ten years', { action_duration: 315_360_001 }, 'action_duration', 'ten years'],
    ['a cleanup for a time', { action_type: 'cleanup', action_duration: 1 }, 'action_duration', 'cannot be restored'],
    ['a negative limit', { max_limit: -1 }, 'max_limit', 'whole number'],
    ['a limit that is text', { max_limit: '5' }, 'max_limit', 'whole number'],
    ['a limit beyond all numbers', { max_limit: 1e300 }, 'max_limit', 'whole number'],
    ['a moment without an offset', { scheduled_at: '2026-01-31T09:00:00' }, 'scheduled_at', 'with an offset'],
    ['a day that is none', { scheduled_at: '2026-02-30T09:00:00Z' }, 'scheduled_at', 'with an offset'],
    ['a moment that is a number', { scheduled_at: 1 }, 'scheduled_at', 'with an offset'],
    ['a moment in the year 0', { scheduled_at: '0000-01-01T00:00:00Z' }, 'scheduled_at', 'ten years'],
    ['a moment too far away', { scheduled_at: '9999-12-31T23:59:59-23:59' }, 'scheduled_at', 'ten years'],
    ['a token that is none', { preview_token: 'nothing' }, 'preview_token', 'create a new preview'],
    ['an empty token', { preview_token: '' }, 'preview_token', 'create a new preview'],
    ['a member that means nothing', { maxLimit: 5 }, 'body', '"maxLimit"'],
  ])('%s', async (_what, body, field, message) => {
    const answer = await client.submit(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    expect(Object.keys(answer.json.details ?? {})).toEqual([field]);
    expect(answer.json.details?.[field as never]).toContain(message);
    expect((await client.ask('/jobs')).json.jobs).toEqual([]);
  });

  test('all at once, and twice of one member in one text', async () => {
    const answer = await client.submit({
      criteria_json: {
        any: [
          { field: 'a', op: 'eq', value: 'x' },
          { field: 'b', op: 'eq', value: 'x' },
        ],
      },
      action_reason: '',
      action_duration: 315_360_001,
    });
    expect(Object.keys(answer.json.details ?? {})).toEqual([
      'criteria_json.any[0].field',
      'criteria_json.any[1].field',
      'action_reason',
      'action_duration',
    ]);
  });

  test.each([
    ['no body', undefined, undefined, 400],
    ['an empty body', '', 'application/json', 400],
    ['no JSON', '{', 'application/json', 400],
    ['a list', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['a prototype', '{"__proto__":{"all":[]}}', 'application/json', 400],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', 415],
    ['text', 'x', 'text/plain', 415],
    ['more than a megabyte', JSON.stringify({ x: 'x'.repeat(1_100_000) }), 'application/json', 413],
    [
      'a hundred thousand levels',
      `{"criteria_json":{"all":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`,
      'application/json',
      400,
    ],
  ])('%s is no job and no preview', async (_what, body, type, status) => {
    for (const path of ['/jobs', '/preview']) {
      const answer = await client.ask(path, {
        method: 'POST',
        headers: { 'idempotency-key': NEVER, ...(type && { 'content-type': type }) },
        ...(body !== undefined && { body }),
      });
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    }
  });
});

describe('an error has the published envelope', () => {
  test('with the path, the request id and the legacy members', async () => {
    const answer = await client.ask('/jobs/nothing?&', { headers: { 'x-request-id': 'mine' } });
    expect(answer.headers.get('x-request-id')).toBe('mine');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'Entity not found',
      instance: `${BULK}/jobs/nothing`,
      error: 'Entity not found',
      requestId: 'mine',
    });
  });

  test.each([
    ['an unknown route', 'GET', '/nothing', 404],
    ['the bare prefix', 'GET', '', 404],
    ['a method that the path does not have', 'PUT', '/jobs', 405],
    ['a method that is for another path', 'POST', '/jobs/0123456789abcdef01234567', 405],
    ['a URL that is not encoded as it must be', 'GET', '/jobs/%zz', 400],
  ])('for %s', async (_what, method, path, status) => {
    const answer = await client.ask(path, { method });
    expect([answer.status, answer.json.status, answer.json.requestId]).toEqual([
      status,
      status,
      answer.headers.get('x-request-id'),
    ]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
  });

  test.each([
    ['GET', '/jobs', 'actions.bulk.job.list', 200],
    ['POST', '/jobs', 'actions.bulk.job.create', 201],
    ['POST', '/preview', 'actions.bulk.preview', 200],
    ['GET', '/jobs/:id', 'actions.bulk.job.get', 200],
    ['HEAD', '/jobs/:id', 'actions.bulk.job.get', 200],
    ['POST', '/jobs/:id/cancel', 'actions.bulk.job.cancel', 200],
    ['DELETE', '/jobs/:id', 'actions.bulk.job.delete', 400],
  ] as const)(
    '%s %s: 401 without a token or with a bad one, 403 without %s, and nothing but it is needed',
    async (method, path, permission, status) => {
      const { json } = await client.submit();
      const asking = async (token: string | undefined) => {
        const body = { criteria_json: ALL, action_type: 'allow' };
        return server.ask(`${BULK}${path.replace(':id', String(json.job_id))}`, {
          method,
          ...(token && { token }),
          ...(method === 'POST' && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        });
      };
      const { organizationId } = client;
      const rest = ALL_PERMISSIONS.filter((name) => name !== permission);
      const none = await asking(undefined);
      expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="openbulk"']);
      const bad = await asking('nothing');
      expect([bad.status, bad.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringContaining('invalid_token'),
      ]);
      const lacking = await asking(await server.token(organizationId, rest));
      expect([lacking.status, lacking.headers.get('www-authenticate')]).toEqual([
        403,
        expect.stringContaining(`scope="${permission}"`),
      ]);
      expect((await asking(await server.token(organizationId, [permission]))).status).toBe(status);
    },
  );

  test('for a database that is gone: 503 with Retry-After', async () => {
    const gone = openPool({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'gone', max: 1 });
    const broken = await openServer({ pool: gone });
    try {
      const token = await broken.token(await broken.organization('broken'));
      const answer = await broken.ask(`${BULK}/jobs`, { token });
      expect([answer.status, answer.headers.get('retry-after'), answer.json.title]).toEqual([
        503,
        '5',
        'Service Unavailable',
      ]);
    } finally {
      await gone.end();
      await broken.close();
    }
  });
});

describe('a job sent again', () => {
  test('under ten concurrent copies of its key is one job, answered alike', async () => {
    await putDevices(server.pool, client.organizationId, 3);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.submit({}, { 'idempotency-key': 'k-1' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    const { json } = await client.ask('/jobs');
    expect(json.jobs?.length).toBe(1);
  });

  test('with its criteria spelled in another way is the same, with another body is 409', async () => {
    const key = { 'idempotency-key': 'k-2' };
    const first = await client.submit({ criteria_json: APPLE }, key);
    const again = await client.submit({ criteria_json: ` ${JSON.stringify(APPLE)}` }, key);
    expect([again.status, again.text]).toEqual([201, first.text]);
    for (const other of [
      { criteria_json: ALL },
      { action_type: 'deny' },
      { action_reason: 'x' },
      { action_duration: 1 },
      { max_limit: 1 },
      { scheduled_at: '2026-01-31T09:00:00Z' },
    ]) {
      const answer = await client.submit({ criteria_json: APPLE, ...other }, key);
      expect([answer.status, answer.json.title, answer.json.requestId]).toEqual([409, 'Conflict', expect.any(String)]);
    }
    expect((await client.ask('/jobs')).json.jobs?.length).toBe(1);
  });

  test('by another client with the same key is another job; a key that is none is 400', async () => {
    const other = await openClient(server, `submit-${count}-other`);
    const key = { 'idempotency-key': 'k-3' };
    const jobs = await Promise.all([client.submit({}, key), other.submit({}, key)]);
    expect(jobs[0]?.json.job_id).not.toBe(jobs[1]?.json.job_id);
    expect((await client.submit({}, { 'idempotency-key': 'a b' })).json.details).toHaveProperty('idempotency-key');
  });
});

describe('a job that is scheduled', () => {
  test('waits for its moment, whatever offset it is written with, and then begins', async () => {
    await putDevices(server.pool, client.organizationId, 2);
    let now = new Date();
    const at = new Date(now.getTime() + 3_600_000);
    const local = new Date(at.getTime() + 2 * 3_600_000).toISOString().replace('Z', '+02:00').toLowerCase();
    const other = await openClient(server, `submit-${count}-other`);
    const sooner = await other.submit({ scheduled_at: new Date(at.getTime() - 1).toISOString() });
    const answer = await client.submit({ scheduled_at: local });
    expect([answer.json.status, answer.json.scheduled_at]).toEqual(['scheduled', at.toISOString()]);
    await server.working(
      async () => {
        now = new Date(at.getTime() - 1);
        await finishedJob(server, other, sooner);
        expect((await client.job(answer.json.job_id)).json).toEqual(answer.json);
        now = at;
        expect((await finishedJob(server, client, answer)).json).toMatchObject({
          status: 'completed',
          affected_count: 2,
          scheduled_at: at.toISOString(),
        });
      },
      { clock: () => now },
    );
  });

  test('for a moment that is past begins at once', async () => {
    const answer = await client.submit({ scheduled_at: '2026-01-01T00:00:00Z' });
    const done = await server.working(() => finishedJob(server, client, answer));
    expect(done.json).toMatchObject({ status: 'completed', scheduled_at: '2026-01-01T00:00:00.000Z' });
  });

  test('is cancelled before its moment and changes nothing', async () => {
    await putDevices(server.pool, client.organizationId, 2);
    const { json } = await client.submit({ scheduled_at: new Date(Date.now() + 3_600_000).toISOString() });
    await client.ask(`/jobs/${json.job_id}/cancel`, { method: 'POST' });
    const other = await openClient(server, `submit-${count}-other`);
    const theirs = await other.submit({ scheduled_at: json.scheduled_at });
    const later = new Date(Date.now() + 7_200_000);
    await server.working(() => finishedJob(server, other, theirs), { clock: () => later });
    expect((await client.job(json.job_id)).json.status).toBe('cancelled');
    expect(await countActions(server.pool, client.organizationId)).toEqual({ none: 2 });
  });
});
