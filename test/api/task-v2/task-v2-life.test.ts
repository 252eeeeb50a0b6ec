import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import type { TaskStatus } from '../../../src/task/lifecycle.ts';
import type { Task } from '../../../src/task/task.ts';
import { type Answer, HEADER, openServer, type TestServer, THREE_ROWS } from '../server.ts';
import { ask } from './task-v2.ts';

let server: TestServer;
let organizationId: string;
let token: string;
let count = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  organizationId = await server.organization(`life-${count}`);
  token = await server.token(organizationId);
});

function send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  return ask({ server, token }, method, path, body, headers);
}

const view = (id: string) => send('GET', `/view/${id}`);
const update = (id: string, body: unknown) => send('PUT', `/update/${id}`, body);
const remove = (id: string, query = '') => send('DELETE', `/delete/${id}${query}`);

async function made(body: object): Promise<string> {
  const answer = await send('POST', '/create', body);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.json.task_id as unknown as string;
}

const robot = () => made({ handler: 'Robot', request: { a: 1 } });

async function stored(id: string): Promise<Task> {
  return (await findTask(server.pool, organizationId, id)) as Task;
}

/** Runs a worker until the task is over. */
async function over(id: string): Promise<Task> {
  const task = await stored(id);
  return server.working(() => server.finished(task));
}

async function imported(): Promise<Task> {
  return over((await server.submit(organizationId, 'import-inventory-items', THREE_ROWS)).id);
}

async function exported(format = 'csv'): Promise<Task> {
  return over(await made({ handler: 'ExportHandler', request: { resource: 'inventory-items', format } }));
}

async function inStore(key: string | undefined): Promise<boolean> {
  return access(join(server.dataDir, 'files', key ?? '-')).then(
    () => true,
    () => false,
  );
}

describe('an external task', () => {
  test('is moved by its worker, which says what came of it', async () => {
    const id = await robot();
    const begun = await update(id, { status: 'in_progress' });
    expect([begun.status, begun.json.status]).toEqual([200, 'in_progress']);
    expect(await stored(id)).toMatchObject({ status: 'running', startedAt: expect.any(Date) });
    const { version } = await stored(id);
    const done = await update(id, { status: 'completed', response: '{"ok": true}', user_id: 'u', entity_id: 'e' });
    expect(done.json).toMatchObject({ status: 'completed', response: '{"ok": true}', user_id: 'u', entity_id: 'e' });
    const after = await stored(id);
    expect(after).toMatchObject({ status: 'completed', finishedAt: expect.any(Date), version: version + 1 });
    expect(after.statusChangedAt.getTime()).toBeGreaterThan(after.startedAt?.getTime() ?? 0);
    expect((await view(id)).json).toEqual(done.json);
  });

  test('that is completed at once has begun, too', async () => {
    const id = await robot();
    expect((await update(id, { status: 'completed' })).json.status).toBe('completed');
    expect(await stored(id)).toMatchObject({ startedAt: expect.any(Date), finishedAt: expect.any(Date) });
  });

  test('that is cancelled says by whom', async () => {
    const id = await robot();
    await update(id, { status: 'cancelled' });
    expect((await stored(id)).error).toEqual({
      code: 'cancelled',
      message: expect.stringMatching(/^Cancelled by /),
      by: expect.any(String),
    });
  });

  test.each<[TaskStatus, string[]]>([
    ['pending', ['pending', 'in_progress', 'completed', 'failed', 'cancelled']],
    ['running', ['in_progress', 'completed', 'failed', 'cancelled']],
    ['paused', ['pending', 'failed', 'cancelled']],
    ['completed', ['completed']],
    ['failed', ['failed']],
    ['cancelled', ['cancelled']],
  ])('that is %s can be said to be %j, and nothing else', async (from, allowed) => {
    for (const to of ['pending', 'in_progress', 'completed', 'failed', 'cancelled']) {
      const id = await robot();
      await server.pool.query('update tasks set status = $2 where id = $1', [id, from]);
      const answer = await update(id, { status: to });
      expect([to, answer.status]).toEqual([to, allowed.includes(to) ? 200 : 422]);
      if (answer.status === 422) expect(answer.json).toEqual([{ field: 'status', message: expect.any(String) }]);
    }
  });

  test('does not change any more once it is over, and members with their values are no change', async () => {
    const id = await robot();
    const done = await update(id, { status: 'failed', response: 'no' });
    const { version } = await stored(id);
    const same = await update(id, done.json);
    expect([same.status, same.json]).toEqual([200, done.json]);
    expect((await stored(id)).version).toBe(version);
    const late = await update(id, { response: null, entity_id: 'x' });
    expect([late.status, late.json]).toEqual([
      422,
      [
        { field: 'response', message: expect.stringMatching(/the task is failed/) },
        { field: 'entity_id', message: expect.stringMatching(/the task is failed/) },
      ],
    ]);
  });

  test('keeps its handler; its response can be taken back', async () => {
    const id = await robot();
    expect((await update(id, { handler: 'Other' })).json).toEqual([{ field: 'handler', message: expect.any(String) }]);
    await update(id, { response: [1] });
    expect((await update(id, { response: null, request: null })).json).toMatchObject({ response: null, request: null });
  });

  test('of two workers that both complete it one is told that it is over', async () => {
    const id = await robot();
    const answers = await Promise.all([1, 2].map((response) => update(id, { status: 'completed', response })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
  });

  test.each([
    [{ status: 'done' }, 'status'],
    [{ status: null }, 'status'],
    [{ request: '\0' }, 'request'],
    [{ response: { a: ['\ud800'] } }, 'response'],
    [[], 'body'],
  ])('refuses %j', async (body, field) => {
    const answer = await update(await robot(), body);
    expect([answer.status, answer.json]).toEqual([422, [{ field, message: expect.any(String) }]]);
  });
});

describe('a task that runs here', () => {
  test('can only be cancelled', async () => {
    const { id } = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
    for (const [body, fields] of [
      [{ status: 'completed' }, ['status']],
      [{ status: 'in_progress' }, ['status']],
      [{ user_id: 'x', status: 'cancelled' }, ['user_id']],
      [{ request: null, response: 1 }, ['request', 'response']],
    ] as const) {
      const answer = await update(id, body);
      expect([answer.status, (answer.json as never as { field: string }[]).map(({ field }) => field)]).toEqual([
        422,
        fields,
      ]);
    }
    const whole = (await view(id)).json;
    expect((await update(id, whole)).json).toEqual(whole);
    const cancelled = await update(id, { ...whole, status: 'cancelled' });
    expect([cancelled.status, cancelled.json.status]).toEqual([200, 'cancelled']);
    expect(JSON.parse(cancelled.json.response as never)).toEqual({
      error: { code: 'cancelled', message: expect.stringMatching(/^Cancelled by /), by: expect.any(String) },
    });
    expect((await update(id, { status: 'pending' })).status).toBe(422);
  });
});

describe('an import', () => {
  const request = (file: string, more: object = {}) => ({
    handler: 'ImportHandler',
    request: { action: 'import-inventory-items', file, ...more },
  });

  test('runs on the file of another task, by its key or by the id of that task', async () => {
    const first = await imported();
    for (const file of [first.file?.key as string, first.id, toHex24(first.id)]) {
      const id = await made(request(file, { override: true, mapping: { 'basic.name': 'basic.name' } }));
      const done = await over(id);
      expect(done).toMatchObject({ status: 'completed', origin: 'task-v2', counters: { items: 3 } });
      expect(done.file?.id).toBe(first.file?.id);
      expect(done.parentId).toBe(file === first.file?.key ? undefined : first.id);
      expect(JSON.parse((await view(id)).json.request as never)).toEqual({
        action: 'import-inventory-items',
        file: first.file?.key,
        override: true,
        mapping: { 'basic.name': 'basic.name' },
      });
    }
  });

  test('runs on what an export wrote', async () => {
    await imported();
    const done = await over(await made(request((await exported()).id)));
    expect(done.counters).toMatchObject({ items: 3, skips: 3 });
  });

  test("is refused another organization's file, and the file of a task that has none", async () => {
    const { file, id } = await imported();
    const external = await robot();
    organizationId = await server.organization(`thief-${count}`);
    token = await server.token(organizationId);
    for (const named of [file?.key, id, newId(), external]) {
      const answer = await send('POST', '/create', request(named as string));
      expect([answer.status, answer.json]).toEqual([422, [{ field: 'request.file', message: expect.any(String) }]]);
    }
  });

  test('is told everything that is wrong with it at once', async () => {
    const answer = await send('POST', '/create', request('x', { mapping: { nothing: 'X' }, dateFormat: 'Q' }));
    expect((answer.json as never as { field: string }[]).map(({ field }) => field).sort()).toEqual([
      'request.dateFormat',
      'request.file',
      'request.mapping.nothing',
    ]);
  });
});

describe('an export', () => {
  test('answers how much it wrote and where that is', async () => {
    await imported();
    const criteria = { field: 'basic.name', op: 'ne', value: 'One' };
    const id = await made({
      handler: 'ExportHandler',
      request: JSON.stringify({ resource: 'inventory-items', format: 'ndjson', criteria: JSON.stringify(criteria) }),
    });
    expect(JSON.parse((await view(id)).json.request as never)).toEqual({
      resource: 'inventory-items',
      format: 'ndjson',
      criteria,
    });
    expect((await send('GET', `/download/${id}`)).status).toBe(404);
    const { result } = await over(id);
    const seen = await view(id);
    expect(seen.json).toMatchObject({ handler: 'ExportHandler', status: 'completed' });
    const response = JSON.parse(seen.json.response as never);
    expect(response).toEqual({ file: result?.key, rows: 2, url: `/v2/task/download/${id}` });
    const answer = await server.ask(response.url, { token });
    expect(
      answer.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).basic.name),
    ).toEqual(['Two', 'Three']);
  });

  test('is downloaded by a link, which says its organization in its address, where the token sees several', async () => {
    await imported();
    const { id } = await exported();
    const second = await server.organization(`second-${count}`);
    const permissions = new Set(['task.download', 'task.view', 'inventory.item.management.list']);
    const organizations = new Set([organizationId, second]);
    const principal = { id: newId(), kind: 'client', organizations, permissions } as const;
    const wide = await openServer({
      pool: server.pool,
      files: server.files,
      verifier: { verify: async () => principal },
    });
    onTestFinished(() => wide.close());
    const status = async (path: string, headers = {}) => (await wide.ask(path, { token: 'wide', headers })).status;
    const link = `/v2/task/download/${id}`;
    expect([await status(link), await status(`${link}?organization=life-${count}`)]).toEqual([422, 200]);
    expect(await status(`/v2/task/download?id=${id}&organization=${organizationId}`)).toBe(200);
    expect([await status(`${link}?organization=second-${count}`), await status(`${link}?organization=x`)]).toEqual([
      404, 404,
    ]);
    const header = { 'openbulk-organization': `life-${count}` };
    expect(await status(`${link}?organization=second-${count}`, header)).toBe(200);
    // Only where a page links to.
    expect(await status(`/v2/task/view/${id}?organization=life-${count}`)).toBe(422);
  });

  test('shows in organizations how many of its records are written', async () => {
    await imported();
    const id = await made({ handler: 'ExportHandler', request: { resource: 'inventory-items', format: 'json' } });
    const seen = async () =>
      (await server.ask(`/v1/organizations/${organizationId}/bulk-tasks/${id}`, { token })).json.data;
    expect(await seen()).not.toHaveProperty('records');
    await over(id);
    expect(await seen()).toMatchObject({ records: { processed: 3, total: 3 } });
    expect(await seen()).not.toHaveProperty('progress');
  });

  test('says its whole address where that is configured', async () => {
    const known = await openServer({ publicUrl: 'https://bulk.example.com/base' });
    onTestFinished(() => known.close());
    const its = await known.organization('known');
    const answer = await known.ask('/v2/task/create', {
      method: 'POST',
      token: await known.token(its),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ handler: 'ExportHandler', request: { resource: 'devices', format: 'json' } }),
    });
    const id = answer.json.task_id as never as string;
    const task = (await findTask(known.pool, its, id)) as Task;
    await known.working(() => known.finished(task));
    const seen = await known.ask(`/v2/task/view/${id}`, { token: await known.token(its) });
    expect(JSON.parse(seen.json.response as never).url).toBe(`https://bulk.example.com/base/v2/task/download/${id}`);
  });

  test.each([
    ['csv', 'text/csv; charset=utf-8'],
    ['ndjson', 'application/x-ndjson'],
    ['json', 'application/json'],
  ])('is downloaded as %s with its name, its type and its length', async (format, type) => {
    await imported();
    const { id, result } = await exported(format);
    const answer = await send('GET', `/download/${toHex24(id)}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-disposition')).toContain(`filename="inventory-items.${format}"`);
    expect(answer.headers.get('content-length')).toBe(String(result?.size));
    expect(createHash('sha256').update(answer.text).digest('hex')).toBe(result?.sha256);
    const etag = answer.headers.get('etag') as string;
    expect((await send('GET', `/download?id=${id}`, undefined, { 'if-none-match': etag })).status).toBe(304);
    const head = await send('HEAD', `/download/${id}`);
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, String(result?.size), '']);
  });

  test('is downloaded in part, for who has the rest', async () => {
    await imported();
    const { id } = await exported();
    const whole = await send('GET', `/download/${id}`);
    const size = whole.text.length;
    const part = (range: string, more: Record<string, string> = {}) =>
      send('GET', `/download/${id}`, undefined, { range, ...more });
    for (const [range, start, end] of [
      ['bytes=0-4', 0, 5],
      ['bytes=10-', 10, size],
      ['bytes=-7', size - 7, size],
      [`bytes=5-${size + 100}`, 5, size],
      [`bytes=-${size + 100}`, 0, size],
    ] as const) {
      const answer = await part(range);
      expect([range, answer.status, answer.text]).toEqual([range, 206, whole.text.slice(start, end)]);
      expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${size}`);
      expect(answer.headers.get('content-length')).toBe(String(end - start));
    }
    for (const range of [`bytes=${size}-`, 'bytes=3-2', 'bytes=-0', 'bytes=-', 'bytes=0-1,3-4', 'lines=0-1']) {
      expect([range, (await part(range)).status]).toEqual([range, 200]);
    }
    const etag = whole.headers.get('etag') as string;
    expect((await part('bytes=0-4', { 'if-range': etag })).status).toBe(206);
    expect((await part('bytes=0-4', { 'if-range': '"other"' })).status).toBe(200);
  });

  test('whose file is lost is not there', async () => {
    const { id, result } = await exported();
    await server.files.remove(result?.key as string);
    const answer = await send('GET', `/download/${id}`);
    expect([answer.status, answer.json.status]).toEqual([404, 404]);
  });
});

describe('deleting', () => {
  test('takes a task that has not begun or is over, and that nothing hangs on', async () => {
    for (const status of ['pending', 'completed', 'cancelled']) {
      const id = await robot();
      await update(id, { status });
      const answers = [(await remove(id)).status, (await view(id)).status, (await remove(id)).status];
      expect([status, ...answers]).toEqual([status, 204, 404, 404]);
    }
  });

  test('takes an import that has not begun only with its file', async () => {
    const { id, file } = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
    const answer = await remove(id);
    expect([answer.status, answer.json.related]).toEqual([400, [{ type: 'file', id: file?.key }]]);
    expect((await remove(id, '?force=true')).status).toBe(204);
    expect([(await view(id)).status, await inStore(file?.key)]).toEqual([404, false]);
  });

  test('of a task that has begun says that it runs, and with force cancels and deletes it', async () => {
    const id = await robot();
    await update(id, { status: 'in_progress' });
    const answer = await remove(id);
    expect([answer.status, answer.json]).toEqual([
      400,
      { name: 'Bad Request', message: expect.stringMatching(/is running.*force=true/), code: 0, status: 400 },
    ]);
    expect((await view(id)).json.status).toBe('in_progress');
    expect([(await remove(id, '?force=true')).status, (await view(id)).status]).toEqual([204, 404]);
  });

  test('with force stops an import in the middle: what its worker is at is rolled back, what is committed stays', async () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => `Item ${i},laptop,S${i}\n`).join('');
    const { id, file } = await server.submit(organizationId, 'import-inventory-items', `${HEADER}\n${rows}`);
    const records = async () =>
      (
        await server.pool.query('select count(*) as count from inventory_items where organization_id = $1', [
          organizationId,
        ])
      ).rows[0].count as number;
    await server.working(
      async () => {
        await vi.waitFor(async () => expect(await records()).toBeGreaterThan(0), { timeout: 10_000, interval: 5 });
        expect((await remove(id)).status).toBe(400);
        expect((await remove(id, '?force=true')).status).toBe(204);
        const left = await records();
        expect([left % 50, left < 3_000, await inStore(file?.key)]).toEqual([0, true, false]);
        // The worker goes on with what comes next, and with nothing of this.
        await server.finished(
          await server.submit(organizationId, 'import-inventory-items', THREE_ROWS.replaceAll(',S', ',T')),
        );
        expect(await records()).toBe(left + 3);
      },
      { chunkRows: 50 },
    );
  });

  test('tells what would go with it and leaves all as it is, unless it is forced', async () => {
    const first = await imported();
    const exporting = await exported();
    const again = await over(
      await made({ handler: 'ImportHandler', request: { action: 'import-inventory-items', file: exporting.id } }),
    );
    const key = exporting.result?.key;
    const answer = await remove(exporting.id);
    expect([answer.status, answer.json]).toEqual([
      400,
      {
        name: 'Bad Request',
        message: expect.stringMatching(/force=true/),
        code: 0,
        status: 400,
        related: [
          { type: 'task', id: again.id },
          { type: 'file', id: key },
        ],
      },
    ]);
    expect([(await view(exporting.id)).status, await inStore(key)]).toEqual([200, true]);
    for (const force of ['false', '0']) expect((await remove(exporting.id, `?force=${force}`)).status).toBe(400);
    expect((await remove(exporting.id, '?force=perhaps')).json).toEqual([
      { field: 'force', message: 'must be true, false, 1 or 0' },
    ]);
    expect((await remove(exporting.id, '?force=true')).status).toBe(204);
    expect([(await view(exporting.id)).status, (await view(again.id)).status, await inStore(key)]).toEqual([
      404,
      404,
      false,
    ]);
    expect((await view(first.id)).status).toBe(200);
  });

  test('never takes a file that another task needs, nor tells of it', async () => {
    const first = await imported();
    const again = await over(
      await made({ handler: 'ImportHandler', request: { action: 'import-inventory-items', file: first.file?.key } }),
    );
    expect((await remove(again.id)).status).toBe(204);
    expect(await inStore(first.file?.key)).toBe(true);
    expect((await remove(first.id, '?force=1')).status).toBe(204);
    expect(await inStore(first.file?.key)).toBe(false);
  });

  test('with force takes the tasks that wait for the same file', async () => {
    const first = await imported();
    const again = await made({
      handler: 'ImportHandler',
      request: { action: 'import-inventory-items', file: first.id },
    });
    const answer = await remove(first.id);
    expect([answer.status, answer.json.related]).toEqual([
      400,
      [
        { type: 'task', id: again },
        { type: 'file', id: first.file?.key },
      ],
    ]);
    expect((await remove(first.id, '?force=true')).status).toBe(204);
    expect([(await view(again)).status, await inStore(first.file?.key)]).toEqual([404, false]);
  });

  test('and making a task of the same file at the same time leave no task without its file', async () => {
    for (let round = 0; round < 10; round += 1) {
      const first = await imported();
      const [deleted, ...making] = await Promise.all([
        remove(first.id, '?force=true'),
        ...[first.id, first.file?.key].map((file) =>
          send('POST', '/create', { handler: 'ImportHandler', request: { action: 'import-inventory-items', file } }),
        ),
      ]);
      expect([204, 400]).toContain(deleted.status);
      for (const { status, json } of making) {
        expect([201, 422]).toContain(status);
        // What was made before the deletion is deleted, too.
        if (status === 201 && (await view(json.task_id as never)).status === 200) {
          expect((await over(json.task_id as never)).status).toBe('completed');
        }
      }
    }
  });
});
