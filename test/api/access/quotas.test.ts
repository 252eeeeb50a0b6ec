import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDiskStore } from '../../../src/files/disk.ts';
import { putDevices } from '../../support/data/devices.ts';
import { comparison, storedFiles, unfinishedFiles } from '../../support/data/stored-files.ts';
import { ALL } from '../actions/actions.ts';
import { ACTION, chunk, type Desk, field, file, multipart, openDesk } from '../organizations/submissions.ts';
import { type Answer, askRaw, HEADER, openServer, type TestServer } from '../server.ts';

/** The same order in each dialect, as an organization's client sends it. */
function orders(server: TestServer, desk: Desk): Record<string, () => Promise<Answer>> {
  const { token } = desk;
  const json = { 'content-type': 'application/json' };
  const post = (path: string, body: unknown) =>
    server.ask(path, { method: 'POST', token, headers: json, body: JSON.stringify(body) });
  return {
    organizations: () => desk.submitRaw(multipart(field('action', ACTION.action), file(ROWS))),
    activityid: () =>
      server.ask('/activityid/v1/user/bulk', {
        method: 'PATCH',
        token,
        headers: { 'content-type': 'application/jsonl' },
        body: '{"object_id":"1"}',
      }),
    actions: () => post('/api/actions/bulk/jobs', { criteria_json: ALL, action_type: 'block', action_reason: 'r' }),
    taskV2: () =>
      post('/v2/task/create', { handler: 'ExportHandler', request: { resource: 'devices', format: 'csv' } }),
  };
}

const ROWS = `${HEADER}\nOne,laptop,S1\n`;

describe('the bytes that an organization may store', () => {
  let server: TestServer;
  let desk: Desk;
  let other: Desk;

  beforeAll(async () => {
    server = await openServer({ quotaLimits: { storedBytes: 100_000, openTasks: 0 } });
    [desk, other] = [await openDesk(server, 'acme'), await openDesk(server, 'other')];
  });
  afterAll(() => server.close());

  const large = (bytes: number) => multipart(field('action', ACTION.action), file(ROWS.padEnd(bytes, '\n')));

  test('are 507 beyond, in the envelope of each dialect, leave nothing, and are no matter of others', async () => {
    expect((await desk.submitRaw(large(60_000))).status).toBe(202);
    const { stored } = await comparison(server);

    const refused = await desk.submitRaw(large(60_000));
    expect([refused.status, refused.json.error?.code]).toEqual([507, 5007]);
    expect(refused.json.error?.message).toMatch(
      /^The organization can store 100000 bytes of files and already has 60000\./,
    );

    // Without a Content-Length it is told as the bytes come.
    const body = chunk(large(60_000));
    const answer = await askRaw(server.port, `${desk.head({ 'Transfer-Encoding': 'chunked' })}${body}0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 507 .*"code":5007/s);

    const lines = `${JSON.stringify({ object_id: '1', x: 'x'.repeat(60_000) })}\n`;
    const headers = { 'content-type': 'application/jsonl' };
    const patch = { method: 'PATCH', token: desk.token, headers, body: lines };
    const patched = await server.ask('/activityid/v1/user/bulk', patch);
    expect([patched.status, patched.json.result?.status]).toEqual([507, 507]);
    const spanish = { ...patch, headers: { ...headers, 'accept-language': 'es' } };
    expect((await server.ask('/activityid/v1/user/bulk', spanish)).json.result?.message).toMatch(/^La organización/);

    expect(await storedFiles(server)).toEqual(stored);
    expect(await unfinishedFiles(server)).toEqual([]);
    expect((await other.submitRaw(large(60_000))).status).toBe(202);
  });

  test('are free again when a task is deleted', async () => {
    const { rows } = await server.pool.query<{ id: string }>(
      `update tasks set status = 'completed', finished_at = now() where organization_id = $1 returning id`,
      [desk.organizationId],
    );
    for (const { id } of rows) {
      expect((await server.ask(`${desk.path}/${id}`, { method: 'DELETE', token: desk.token })).status).toBe(200);
    }
    // What is stored is counted again every half a second.
    await expect.poll(async () => (await desk.submitRaw(large(60_000))).status).toBe(202);
  });

  test('may be filled to the last; then an export is refused, too', async () => {
    expect((await desk.submitRaw(large(40_001))).status).toBe(507);
    expect((await desk.submitRaw(large(40_000))).status).toBe(202);
    const answer = await orders(server, desk).taskV2?.();
    expect(answer?.json).toEqual({
      ...{ name: 'Insufficient Storage', code: 0, status: 507 },
      message: expect.stringMatching(/has 100000\. Delete tasks that are over/),
    });
  });
});

describe('the tasks that are not over', () => {
  test('are 429 beyond what an organization may have, in each dialect; the answer to a repeated order is still given', async () => {
    const server = await openServer({ quotaLimits: { storedBytes: 0, openTasks: 4 } });
    try {
      const desk = await openDesk(server, 'acme');
      const body = () => {
        const form = new FormData();
        form.set('action', ACTION.action);
        form.set('file', new Blob([ROWS]), 'items.csv');
        return form;
      };
      const key = { 'idempotency-key': 'first' };
      const first = await desk.submit(body(), key);
      await putDevices(server.pool, desk.organizationId, 1);
      const all = orders(server, desk);
      for (const order of ['activityid', 'actions', 'taskV2']) expect((await all[order]?.())?.status).toBeLessThan(300);
      const { stored } = await comparison(server);
      for (const order of Object.values(all)) {
        const answer = await order();
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '60']);
        expect(answer.text).toMatch(/has 4 tasks that have not ended; its limit is 4/);
      }
      expect((await all.organizations?.())?.json.error?.code).toBe(4029);
      expect((await desk.submit(body(), key)).json).toEqual(first.json);
      expect((await comparison(server)).stored).toEqual(stored);
      const other = await openDesk(server, 'other');
      expect((await other.submit(body())).status).toBe(202);
      await server.ask(`${desk.path}/${first.json.data?.id}/cancel`, { method: 'POST', token: desk.token });
      expect((await desk.submit(body())).status).toBe(202);
    } finally {
      await server.close();
    }
  });
});

describe('the room on the disk', () => {
  test('is kept: an upload is 507 before any of it is sent, in the envelope of each dialect', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openbulk-reserve-'));
    const files = await openDiskStore(folder, { reserveBytes: Number.MAX_SAFE_INTEGER });
    const server = await openServer({ files });
    try {
      const desk = await openDesk(server, 'acme');
      const head = desk.head({ 'Content-Length': '1000', Expect: '100-continue' });
      const answer = await askRaw(server.port, head);
      expect(answer).toMatch(/^HTTP\/1\.1 507 .*retry-after: 60.*"code":5007.*no space/is);
      expect((await orders(server, desk).activityid?.())?.json.result?.status).toBe(507);
      // What needs no room goes on.
      expect((await orders(server, desk).taskV2?.())?.status).toBe(201);
      expect((await server.ask(desk.path, { token: desk.token })).status).toBe(200);
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('the previews of an organization', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await openServer();
  });
  afterAll(() => server.close());

  async function previewer(slug: string) {
    const desk = await openDesk(server, slug);
    await putDevices(server.pool, desk.organizationId, 3);
    const headers = { 'content-type': 'application/json' };
    const post = (path: string, body: unknown) =>
      server.ask(`/api/actions/bulk${path}`, {
        method: 'POST',
        token: desk.token,
        headers,
        body: JSON.stringify(body),
      });
    const action = { criteria_json: ALL, action_type: 'block' };
    return {
      organizationId: desk.organizationId,
      preview: async () => String((await post('/preview', action)).json.preview_token),
      job: (preview_token: string, rest: object = {}) =>
        post('/jobs', { ...action, action_reason: 'r', preview_token, ...rest }),
    };
  }

  const live = async (organizationId: string) =>
    (await server.pool.query('select from previews where organization_id = $1', [organizationId])).rowCount;

  test('are 20 at most: the oldest go, but not what a task needs, nor those of others', async () => {
    const [one, other] = [await previewer('one'), await previewer('two')];
    const theirs = await other.preview();
    const needed = await one.preview();
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    expect((await one.job(needed, { scheduled_at })).status).toBe(201);
    const oldest = await one.preview();
    for (let i = 0; i < 20; i += 1) await one.preview();
    expect(await live(one.organizationId)).toBe(21);
    expect((await one.job(oldest)).status).toBe(400);
    expect((await one.job(needed)).status).toBe(201);
    expect((await other.job(theirs)).status).toBe(201);
  });

  test('have 5,000,000 records at most in all, unless the newest alone has more', async () => {
    const one = await previewer('large');
    const tokens = [await one.preview(), await one.preview()];
    await server.pool.query('update previews set sealed = 4999998 where organization_id = $1', [one.organizationId]);
    tokens.push(await one.preview());
    expect(await live(one.organizationId)).toBe(1);
    expect((await one.job(tokens[2] as string)).status).toBe(201);
  });
});
