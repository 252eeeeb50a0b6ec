import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseId, toHex24 } from '../../../src/task/ids.ts';
import { statuses, type TaskStatus } from '../../../src/task/lifecycle.ts';
import { putDevices } from '../../support/data/devices.ts';
import { openServer, type TestServer, THREE_ROWS } from '../server.ts';
import { type ActionsClient, APPLE, BULK, finishedJob, openClient } from './actions.ts';

let server: TestServer;
let client: ActionsClient;
let count = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  client = await openClient(server, `jobs-${count}`);
});

const MOMENT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** Puts a job as if it had come to that state. */
async function put(status: TaskStatus, started = false): Promise<string> {
  const { json } = await client.submit();
  await server.pool.query(`update tasks set status = $2, started_at = case when $3 then now() end where id = $1`, [
    json.job_id,
    status,
    started,
  ]);
  return json.job_id as unknown as string;
}

describe('a job', () => {
  test('is 201 with its Location, and the bare object of the page with what has a value', async () => {
    await putDevices(server.pool, client.organizationId, 3);
    await putDevices(server.pool, client.organizationId, 2, 'HP Inc.');
    const answer = await client.submit({ criteria_json: APPLE, action_duration: 3600, max_limit: 10 });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`${BULK}/jobs/${answer.json.job_id}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.json).toEqual({
      job_id: UUID,
      criteria_json: expect.any(String),
      action_type: 'block',
      action_duration: 3600,
      action_reason: 'lost',
      scheduled_at: answer.json.created_at,
      max_limit: 10,
      preview_count: 3,
      affected_count: 0,
      status: 'scheduled',
      progress_percent: 0,
      created_by: expect.any(String),
      created_at: MOMENT,
      updated_at: MOMENT,
    });
    expect(JSON.parse(answer.json.criteria_json as unknown as string)).toEqual(APPLE);
    const done = await server.working(() => finishedJob(server, client, answer));
    expect(done.json).toEqual({
      ...answer.json,
      executed_at: MOMENT,
      completed_at: MOMENT,
      affected_count: 3,
      status: 'completed',
      progress_percent: 100,
      updated_at: MOMENT,
    });
  });

  test('takes the criteria as an object or as its JSON, and the action in any case', async () => {
    const object = await client.submit({ criteria_json: APPLE, action_type: 'Block' });
    const text = await client.submit({ criteria_json: JSON.stringify(APPLE), action_type: 'BLOCK' });
    for (const { json } of [object, text]) {
      expect(JSON.parse(json.criteria_json as unknown as string)).toEqual(APPLE);
      expect(json.action_type).toBe('block');
    }
  });

  test('gives the criteria back as it was written, not as it was understood', async () => {
    const given = {
      any: [
        { field: 'mac', op: 'eq', value: '00-1A-2B-3C-4D-5E' },
        { field: 'vlan', op: 'gt', value: 7 },
      ],
    };
    const { json } = await client.submit({ criteria_json: given });
    expect(JSON.parse(json.criteria_json as unknown as string)).toEqual(given);
  });

  test('is found by either spelling of its id, with and without a slash at the end', async () => {
    const { json } = await client.submit();
    const id = json.job_id as unknown as string;
    for (const path of [id, toHex24(id), id.toUpperCase(), `${id}/`]) {
      expect((await client.job(path)).json.job_id).toBe(id);
    }
    expect((await client.ask('/jobs/')).status).toBe(200);
    const head = await client.ask(`/jobs/${id}`, { method: 'HEAD' });
    expect([head.status, head.text, head.headers.get('etag')]).toEqual([200, '', '"1"']);
  });

  test('has an ETag that changes with it, honours If-None-Match, and says Retry-After until it is over', async () => {
    const { json } = await client.submit();
    const first = await client.job(json.job_id);
    const etag = first.headers.get('etag') as string;
    expect(first.headers.get('retry-after')).toBe('1');
    const same = await client.ask(`/jobs/${json.job_id}`, { headers: { 'if-none-match': etag } });
    expect([same.status, same.text]).toEqual([304, '']);
    await client.post(`/jobs/${json.job_id}/cancel`, '');
    const changed = await client.ask(`/jobs/${json.job_id}`, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.json.status, changed.headers.get('retry-after')]).toEqual([200, 'cancelled', null]);
  });

  test.each([
    ['pending', false, 'scheduled'],
    ['scheduled', false, 'scheduled'],
    ['awaiting_approval', false, 'scheduled'],
    ['awaiting_approval', true, 'running'],
    ['paused', false, 'scheduled'],
    ['paused', true, 'running'],
    ['running', true, 'running'],
    ['completed', true, 'completed'],
    ['failed', true, 'failed'],
    ['cancelled', false, 'cancelled'],
  ] as const)('that is %s (started: %s) is told as %s', async (status, started, spelled) => {
    const id = await put(status, started);
    expect((await client.job(id)).json.status).toBe(spelled);
    for (const wanted of ['scheduled', 'running', 'completed', 'failed', 'cancelled']) {
      const { json } = await client.ask(`/jobs?status=${wanted}`);
      expect([wanted, json.jobs]).toEqual([
        wanted,
        wanted === spelled ? [expect.objectContaining({ job_id: id })] : [],
      ]);
    }
  });

  test('progress is 100 only when completed, never falls, and stays where a stopped job stood', async () => {
    const { json } = await client.submit({ max_limit: 4 });
    const percent = async (set: string) => {
      await server.pool.query(`update tasks set ${set} where id = $1`, [json.job_id]);
      return (await client.job(json.job_id)).json.progress_percent;
    };
    expect(await percent(`status = 'running', progress = 0, progress_total = 0`)).toBe(0);
    expect(await percent('progress = 1, progress_total = 3')).toBe(33);
    expect(await percent('items = 2, updates = 2')).toBe(50);
    expect(await percent('progress = 3')).toBe(99);
    expect(await percent('progress = 7')).toBe(99);
    expect(await percent(`status = 'cancelled', progress = 1`)).toBe(50);
    expect(await percent(`status = 'failed'`)).toBe(50);
    expect(await percent(`status = 'completed'`)).toBe(100);
  });

  test('of another operation, of another organization, or that is none: one answer', async () => {
    const { json } = await client.submit();
    const imported = await server.submit(client.organizationId, 'import-inventory-items', THREE_ROWS);
    const other = await openClient(server, `jobs-${count}-other`);
    const { json: theirs } = await other.submit();
    const body = (answer: { text: string }) => answer.text.replace(/"(instance|requestId)":"[^"]*"/g, '');
    const nowhere = await client.job('0123456789abcdef01234567');
    expect(nowhere.status).toBe(404);
    for (const id of [imported.id, theirs.job_id, 'nothing', '0', 'a'.repeat(50)]) {
      for (const [path, method] of [
        ['', 'GET'],
        ['/cancel', 'POST'],
        ['', 'DELETE'],
      ] as const) {
        const answer = await client.ask(`/jobs/${id}${path}`, { method });
        expect([id, method, answer.status, body(answer)]).toEqual([id, method, 404, body(nowhere)]);
      }
    }
    expect((await client.ask('/jobs')).json.jobs).toEqual([expect.objectContaining({ job_id: json.job_id })]);
  });
});

describe('the list', () => {
  test('of nothing is an empty page', async () => {
    expect((await client.ask('/jobs')).json).toEqual({ jobs: [] });
  });

  test('goes newest first from cursor to cursor, and what is made meanwhile shifts nothing', async () => {
    const ids: unknown[] = [];
    for (let i = 0; i < 5; i += 1) ids.unshift((await client.submit()).json.job_id);
    const seen: unknown[] = [];
    let path = '/jobs?limit=2';
    for (let pages = 1; path; pages += 1) {
      const { json } = await client.ask(path);
      const jobs = json.jobs as unknown as { job_id: string }[];
      seen.push(...jobs.map(({ job_id }) => job_id));
      path = json.next_cursor ? `/jobs?limit=2&cursor=${json.next_cursor}` : '';
      if (pages === 1) await client.submit();
      expect(pages).toBeLessThan(4);
    }
    expect(seen).toEqual(ids);
  });

  test('has 50 jobs a page unless another number is asked for', async () => {
    for (let i = 0; i < 51; i += 1) await client.submit();
    const { json } = await client.ask('/jobs');
    expect([json.jobs?.length, typeof json.next_cursor]).toEqual([50, 'string']);
    expect((await client.ask('/jobs?limit=100')).json.jobs?.length).toBe(51);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=nothing', 'cursor'],
    ['cursor=0123456789abcdef01234567', 'cursor'],
    ['status=pending', 'status'],
  ])('%s is 400 and names %s', async (query, field) => {
    const { status, json } = await client.ask(`/jobs?${query}`);
    expect([status, Object.keys(json.details ?? {})]).toEqual([400, [field]]);
  });
});

describe('steering', () => {
  const cancellable = ['pending', 'scheduled', 'awaiting_approval', 'paused', 'running'];

  test.each(statuses.map((status) => [status]))('a job that is %s', async (status) => {
    const id = await put(status, status === 'running');
    const cancelled = await client.ask(`/jobs/${toHex24(id)}/cancel`, { method: 'POST' });
    if (cancellable.includes(status)) {
      expect([cancelled.status, cancelled.json]).toEqual([200, { success: true, job_id: id, status: 'cancelled' }]);
      const { json } = await client.job(id);
      expect(json).toMatchObject({ status: 'cancelled', scheduled_at: json.created_at, completed_at: MOMENT });
      expect(json.executed_at).toEqual(status === 'running' ? MOMENT : json.completed_at);
      expect(json.executed_at === json.completed_at).toBe(status !== 'running');
    } else {
      expect(cancelled.status).toBe(400);
      expect(cancelled.json.detail).toContain(`The task is ${status}`);
    }
  });

  test('a job that is over is deleted: it is gone here and from other lists, and kept for its history', async () => {
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      const id = await put(status);
      const deleted = await client.ask(`/jobs/${id}`, { method: 'DELETE' });
      expect([deleted.status, deleted.json]).toEqual([200, { job_id: id, status: 'deleted', success: true }]);
      expect((await client.job(id)).status).toBe(404);
      expect((await client.ask(`/jobs/${id}`, { method: 'DELETE' })).status).toBe(404);
      expect((await client.ask(`/jobs/${id}/cancel`, { method: 'POST' })).status).toBe(404);
    }
    expect((await client.ask('/jobs')).json.jobs).toEqual([]);
    const tasks = await server.ask(`/v1/organizations/jobs-${count}/bulk-tasks`, { token: client.token });
    expect(tasks.json.data?.totalDocs).toBe(0);
    const { rows } = await server.pool.query(
      'select count(*) from tasks where organization_id = $1 and historized_at is not null',
      [client.organizationId],
    );
    expect(rows).toEqual([{ count: 3 }]);
  });

  test.each(['pending', 'scheduled', 'awaiting_approval', 'paused', 'running'] as const)(
    'a job that is %s is not deleted: 400',
    async (status) => {
      const id = await put(status);
      expect((await client.ask(`/jobs/${id}`, { method: 'DELETE' })).status).toBe(400);
      expect((await client.job(id)).status).toBe(200);
    },
  );

  test('a job is a task in the organizations dialect, by name and with its counters, and cancelled there too', async () => {
    await putDevices(server.pool, client.organizationId, 2);
    const done = await client.submit({ action_type: 'monitor', action_reason: '' });
    await server.working(() => finishedJob(server, client, done));
    const { json } = await client.submit();
    const tasks = `/v1/organizations/jobs-${count}/bulk-tasks`;
    const id = toHex24(parseId(json.job_id as unknown as string) as string);
    expect((await server.ask(tasks, { token: client.token })).json.data?.items).toEqual([
      expect.objectContaining({ id, action: 'block-devices', status: 'pending' }),
      expect.objectContaining({
        action: 'monitor-devices',
        status: 'completed',
        report: expect.objectContaining({ numItems: 2, numUpdates: 2 }),
      }),
    ]);
    expect((await server.ask(`${tasks}?action=block-devices`, { token: client.token })).json.data?.totalDocs).toBe(1);
    expect((await server.ask(`${tasks}/${id}/report`, { token: client.token })).status).toBe(200);
    await server.ask(`${tasks}/${id}/cancel`, { method: 'POST', token: client.token });
    expect((await client.job(id)).json.status).toBe('cancelled');
  });
});
