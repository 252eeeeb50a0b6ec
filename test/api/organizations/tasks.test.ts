import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { statusOf } from '../../../src/api/dialects/organizations/states.ts';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { statuses, type TaskStatus } from '../../../src/task/lifecycle.ts';
import { type Answer, HEADER, openServer, type TestServer, THREE_ROWS } from '../server.ts';

let server: TestServer;
let organizationId: string;
let slug: string;
let token: string;
let count = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  slug = `org-${count}`;
  organizationId = await server.organization(slug);
  token = await server.token(organizationId);
});

function ask(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  return server.ask(`/v1/organizations/${slug}/bulk-tasks${path}`, { method, token, headers });
}

/** Puts a task there as if it had come to that state. */
async function put(
  status: TaskStatus,
  {
    started = false,
    action = 'import-inventory-items',
    file,
  }: { started?: boolean; action?: string; file?: string } = {},
): Promise<string> {
  const id = newId();
  await server.pool.query(
    `with file as (
       insert into files (id, organization_id, key, original_name, mimetype, size, sha256)
       select $1::uuid, $2, $1::uuid::text, $7, 'text/csv', 1, repeat('0', 64) where $7::text is not null returning id
     ) insert into tasks (operation, origin, id, organization_id, action, status, config, created_by, started_at, file_id)
     values ('import', 'organizations', $1::uuid, $2, $3, $4, '{"override":false}', $5, case when $6 then now() end,
       (select id from file))`,
    [id, organizationId, action, status, { id: newId(), fullName: 'Ada' }, started, file ?? null],
  );
  return toHex24(id);
}

function idsOf(answer: Answer): unknown[] {
  const items = answer.json.data?.items as unknown as { id: string }[];
  return items.map(({ id }) => id);
}

describe('the list', () => {
  test('of nothing is one empty page', async () => {
    const answer = await ask('');
    expect(answer.json).toEqual({
      status: true,
      data: {
        items: [],
        totalDocs: 0,
        limit: 100,
        hasPrevPage: false,
        hasNextPage: false,
        page: 1,
        totalPages: 1,
        lean: true,
      },
    });
  });

  test('is in pages, newest first, and past the last page empty with a page before', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.unshift(await put('completed'));
    const pages = await Promise.all([1, 2, 3, 4].map((page) => ask(`?limit=2&page=${page}`)));
    expect(pages.map(idsOf)).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4), []]);
    const members = pages.map(({ json }) => {
      const { page, hasPrevPage, hasNextPage, prevPage, nextPage, totalPages, totalDocs, limit } = json.data ?? {};
      return [page, hasPrevPage, hasNextPage, prevPage, nextPage, totalPages, totalDocs, limit];
    });
    expect(members).toEqual([
      [1, false, true, undefined, 2, 3, 5, 2],
      [2, true, true, 1, 3, 3, 5, 2],
      [3, true, false, 2, undefined, 3, 5, 2],
      [4, true, false, 3, undefined, 3, 5, 2],
    ]);
    const { json } = await ask('?limit=2&page=9');
    expect(json.data).toMatchObject({ items: [], hasPrevPage: true, prevPage: 3, hasNextPage: false, page: 9 });
  });

  test('of a page far away is empty', async () => {
    const answer = await ask('?page=999999999999&limit=1000');
    const { hasPrevPage, prevPage, items } = answer.json.data ?? {};
    expect([answer.status, hasPrevPage, prevPage, items]).toEqual([200, true, 1, []]);
  });

  test('is sorted by each field in both directions, ascending by default', async () => {
    const first = await put('completed', { action: 'import-mdm-users', file: 'a.csv' });
    const second = await put('running', { started: true, file: 'b.csv' });
    const third = await put('cancelled');
    await server.pool.query(`update tasks set updated_at = now() + interval '1 hour' where id = $1`, [
      (await server.pool.query('select id from tasks where organization_id = $1 order by id limit 1', [organizationId]))
        .rows[0].id,
    ]);
    const orders: Record<string, string[]> = {
      createdAt: [first, second, third],
      updatedAt: [second, third, first],
      action: [second, third, first],
      status: [first, third, second],
      id: [first, second, third],
      name: [third, first, second],
      'file.originalName': [third, first, second],
      '': [first, second, third],
    };
    for (const newest of ['', '?sort=']) expect(idsOf(await ask(newest))).toEqual([third, second, first]);
    expect(idsOf(await ask('?sort=name&q=csv'))).toEqual([first, second]);
    for (const [field, ids] of Object.entries(orders)) {
      if (field) expect([field, idsOf(await ask(`?sort=${field}`))]).toEqual([field, ids]);
      expect([field, idsOf(await ask(`?sort=${field}:asc`))]).toEqual([field, ids]);
      expect([field, idsOf(await ask(`?sort=${field}:desc`))]).toEqual([field, ids.toReversed()]);
    }
  });

  test('sorted by status keeps the states of one status together', async () => {
    await put('failed');
    await put('paused', { started: true });
    await put('cancelled');
    await put('completed');
    await put('paused');
    await put('running', { started: true });
    await put('pending');
    await put('failed');
    const items = (await ask('?sort=status')).json.data?.items as unknown as { status: string }[];
    expect(items.map(({ status }) => status)).toEqual([
      'completed',
      'failed',
      'failed',
      'failed',
      'inProgress',
      'inProgress',
      'pending',
      'pending',
    ]);
  });

  test('filtered by a status has exactly the tasks that show it', async () => {
    const shown = new Map<string, Set<string>>();
    for (const status of statuses) {
      for (const started of [false, true]) {
        const name = statusOf({ status, ...(started && { startedAt: new Date() }) });
        const id = await put(status, { started });
        shown.set(name, (shown.get(name) ?? new Set()).add(id));
      }
    }
    expect([...shown.keys()].sort()).toEqual(['completed', 'failed', 'inProgress', 'pending']);
    for (const [name, ids] of shown) {
      const { json } = await ask(`?status=${name}`);
      const items = json.data?.items as unknown as { id: string; status: string }[];
      expect(new Set(items.map(({ id }) => id))).toEqual(ids);
      expect(new Set(items.map(({ status }) => status))).toEqual(new Set([name]));
      expect(json.data?.totalDocs).toBe(ids.size);
    }
    expect((await ask('')).json.data?.totalDocs).toBe(statuses.length * 2);
  });

  test('filtered by an action, and by both', async () => {
    const users = await put('completed', { action: 'import-mdm-users' });
    await put('completed');
    await put('failed', { action: 'import-mdm-users' });
    expect(idsOf(await ask('?action=import-mdm-users&status=completed'))).toEqual([users]);
    expect((await ask('?action=import-mdm-users')).json.data?.totalDocs).toBe(2);
  });

  test('shows tasks whose action this program does not know', async () => {
    const id = await put('completed', { action: 'shred-papers' });
    expect(idsOf(await ask(''))).toEqual([id]);
    expect(idsOf(await ask('?action=shred-papers'))).toEqual([id]);
  });

  test('filtered by an external handler has its tasks, and none when the last one is gone; a name that never was is a mistake', async () => {
    const create = await server.ask('/v2/task/create', {
      method: 'POST',
      token,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ handler: 'LabelPrinter' }),
    });
    const id = String(create.json.task_id);
    const listed = async () => {
      const { status, json } = await ask('?action=LabelPrinter');
      return [status, json.data?.totalDocs];
    };
    expect(await listed()).toEqual([200, 1]);
    expect(idsOf(await ask('?action=LabelPrinter&status=pending'))).toHaveLength(1);
    await server.ask(`/v2/task/delete/${id}`, { method: 'DELETE', token });
    expect(await listed()).toEqual([200, 0]);
    const other = await server.organization(`${slug}-other`);
    const elsewhere = await server.ask(`/v1/organizations/${slug}-other/bulk-tasks?action=LabelPrinter`, {
      token: await server.token(other),
    });
    expect(elsewhere.status).toBe(400);
  });

  test.each([
    ['page', '0'],
    ['page', '-1'],
    ['page', '1.5'],
    ['page', 'x'],
    ['page', '1&page=2'],
    ['page', '99999999999999999999'],
    ['limit', '0'],
    ['limit', '1001'],
    ['limit', '1e2'],
    ['limit', '%00'],
    ['sort', 'colour'],
    ['sort', 'constructor'],
    ['sort', 'createdAt:up'],
    ['sort', 'createdAt:asc:desc'],
    ['sort', 'createdAt%0A'],
    ['sort', 'createdAt;drop table tasks'],
    ['status', 'running'],
    ['action', 'import-nothing'],
    ['action', '__proto__'],
  ])('with %s=%s is 400/3000 naming it', async (field, value) => {
    const answer = await ask(`?${field}=${value}`);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ status: false, error: { code: 3000, data: [{ field }] } });
    expect(answer.json.error?.data?.[0]?.problem).toMatch(/^must be |^is given more than once$/);
  });

  test('names every parameter that is wrong', async () => {
    const { json } = await ask(`?page=0&limit=x&sort=y&status=z&action=${'a'.repeat(1_001)}`);
    const data = json.error?.data as unknown as { field: string }[];
    expect(data.map(({ field }) => field).sort()).toEqual(['action', 'limit', 'page', 'sort', 'status']);
  });
});

describe('a task', () => {
  test('is the object of the page, with the lines that were not applied', async () => {
    const csv = `${HEADER}\nOne,laptop,S1\n,laptop,S2\nTwo,laptop,S1\nThree,laptop,\n`;
    const submitted = await server.submit(organizationId, 'import-inventory-items', csv);
    await server.working(() => server.finished(submitted));
    const { json, headers } = await ask(`/${toHex24(submitted.id)}`);
    expect(json).toEqual({
      status: true,
      data: {
        id: toHex24(submitted.id),
        status: 'completed',
        config: { override: false },
        file: {
          originalName: 'test.csv',
          mimetype: 'text/csv',
          size: csv.length,
          key: submitted.file?.key,
          checksum: submitted.file?.sha256,
        },
        action: 'import-inventory-items',
        report: {
          numItems: 4,
          numInserts: 1,
          numUpdates: 0,
          numSkips: 1,
          numErrors: 2,
          skippedLines: [{ line: 4 }],
          erroredLines: [
            { line: 3, reason: expect.stringContaining('basic.name'), code: 'required', column: 'basic.name' },
            { line: 5, reason: expect.any(String), code: 'missing_key', column: 'identifiers.serialNumber' },
          ],
        },
        createdBy: { id: '000000000000000000000000', fullName: 'Test' },
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    });
    expect(headers.get('retry-after')).toBeNull();
    expect((await ask('')).json.data?.items?.[0]).toEqual(json.data);
  });

  test('shows the first 1,000 lines of each kind, in the list too', async () => {
    const rows = Array.from({ length: 1_500 }, (_, i) => `,laptop,E${i}\nSame,laptop,S\n`).join('');
    const submitted = await server.submit(organizationId, 'import-inventory-items', `${HEADER}\n${rows}`);
    await server.working(() => server.finished(submitted));
    for (const { json } of [await ask(`/${toHex24(submitted.id)}`)]) {
      const report = json.data?.report as unknown as Record<string, { line: number }[] & number>;
      expect([report.numSkips, report.numErrors]).toEqual([1_499, 1_500]);
      expect([report.skippedLines?.length, report.erroredLines?.length]).toEqual([1_000, 1_000]);
      expect([report.skippedLines?.at(-1)?.line, report.erroredLines?.at(-1)?.line]).toEqual([2_003, 2_000]);
      expect((await ask('')).json.data?.items?.[0]).toEqual(json.data);
      const { skippedLines, erroredLines, ...counts } = report;
      const bare = { ...json.data, report: counts };
      expect((await ask(`/${toHex24(submitted.id)}?lines=false`)).json.data).toEqual(bare);
      expect((await ask('?lines=false')).json.data?.items).toEqual([bare]);
      expect((await ask('?lines=false&page=2')).json.data?.items).toEqual([]);
      expect((await ask('?lines=no')).status).toBe(400);
    }
  });

  test('that failed says why, and one that was cancelled by whom', async () => {
    const bad = await server.submit(organizationId, 'import-inventory-items', 'basic.name\nOne\n');
    await server.working(() => server.finished(bad));
    const failed = await ask(`/${toHex24(bad.id)}`);
    expect(failed.json.data).toMatchObject({ status: 'failed', error: expect.stringContaining('basic.type') });

    const cancelled = await ask(`/${await put('pending')}/cancel`, 'POST');
    expect(cancelled.status).toBe(200);
    expect(cancelled.json.data).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^Cancelled by .+\.$/),
      cancelledBy: expect.any(String),
    });
    const { error, cancelledBy } = cancelled.json.data ?? {};
    expect(error).toBe(`Cancelled by ${cancelledBy}.`);
    expect(failed.json.data).not.toHaveProperty('cancelledBy');
    // Said only of what is no import of this API.
    for (const member of ['operation', 'resource', 'origin']) expect(failed.json.data).not.toHaveProperty(member);
  });

  test('has an ETag that If-None-Match answers with 304, weakly compared', async () => {
    const id = await put('pending');
    const first = await ask(`/${id}`);
    const etag = first.headers.get('etag') as string;
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const tag of [etag, `W/${etag}`, '*', `"other", W/${etag}`, `"a,b",${etag}`]) {
      const again = await ask(`/${id}`, 'GET', { 'if-none-match': tag });
      // As the client has it: what came compressed has a weak one.
      const named = tag.includes(`W/${etag}`) ? `W/${etag}` : etag;
      expect([tag, again.status, again.text, again.headers.get('etag')]).toEqual([tag, 304, '', named]);
      expect(again.headers.get('retry-after')).toBe('1');
    }
    for (const tag of ['"other"', etag.slice(1, -1), 'W/"x"', '']) {
      expect([tag, (await ask(`/${id}`, 'GET', { 'if-none-match': tag })).status]).toEqual([tag, 200]);
    }
    expect((await ask(`/${id}`, 'HEAD', { 'if-none-match': etag })).status).toBe(304);
    await ask(`/${id}/pause`, 'POST');
    const changed = await ask(`/${id}`, 'GET', { 'if-none-match': etag });
    expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false]);
  });

  test('sends Retry-After while it is not over', async () => {
    for (const status of statuses) {
      const over = ['completed', 'failed', 'cancelled'].includes(status);
      const answer = await ask(`/${await put(status)}`);
      expect([status, Number(answer.headers.get('retry-after')) > 0]).toEqual([status, !over]);
    }
  });

  test('shows lines and counters of one moment while it is being worked on', async () => {
    const rows = Array.from({ length: 4_000 }, (_, i) => `,laptop,E${i}\n`).join('');
    const submitted = await server.submit(organizationId, 'import-inventory-items', `${HEADER}\n${rows}`);
    const seen: number[] = [];
    await server.working(
      async () => {
        for (let over = false; !over; await sleep(2)) {
          const { json } = await ask(`/${toHex24(submitted.id)}`);
          const report = json.data?.report as unknown as { numErrors: number; erroredLines: unknown[] };
          expect(report.erroredLines.length).toBe(Math.min(1_000, report.numErrors));
          seen.push(report.numErrors);
          over = (json.data?.status as unknown) === 'completed';
        }
      },
      { chunkRows: 20 },
    );
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    expect(new Set(seen).size).toBeGreaterThan(3);
  });
});

describe('steering', () => {
  test('cancel, pause and resume answer the task, and 409/5001 where the life cycle does not allow it', async () => {
    const id = await put('pending');
    expect((await ask(`/${id}/resume`, 'POST')).json).toMatchObject({ status: false, error: { code: 5001 } });
    const paused = await ask(`/${id}/pause`, 'POST');
    expect([paused.status, paused.json.data?.status]).toEqual([200, 'pending']);
    expect((await ask(`/${id}/pause`, 'POST')).status).toBe(409);
    const resumed = await ask(`/${id}/resume`, 'POST');
    expect([resumed.status, resumed.json.data?.status]).toEqual([200, 'pending']);
    expect((await ask(`/${id}/cancel`, 'POST')).json.data?.status).toBe('failed');
    for (const verb of ['cancel', 'pause', 'resume']) {
      const answer = await ask(`/${id}/${verb}`, 'POST');
      expect([verb, answer.status, answer.json.error?.code]).toEqual([verb, 409, 5001]);
    }
  });

  test('a task that was paused in the middle is in progress, and goes on to its end', async () => {
    const id = await put('running', { started: true });
    expect((await ask(`/${id}/pause`, 'POST')).json.data?.status).toBe('inProgress');
    expect((await ask(`/${id}/resume`, 'POST')).json.data?.status).toBe('inProgress');
  });

  test('deleting takes a task that is over, and its file; any other is 409/5001', async () => {
    const submitted = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
    const id = toHex24(submitted.id);
    const early = await ask(`/${id}`, 'DELETE');
    expect([early.status, early.json.error?.code]).toEqual([409, 5001]);
    await server.working(() => server.finished(submitted));
    const gone = await ask(`/${id}`, 'DELETE');
    expect([gone.status, gone.json]).toEqual([200, { status: true, data: { id } }]);
    expect((await ask(`/${id}`)).status).toBe(404);
    expect((await ask(`/${id}`, 'DELETE')).status).toBe(404);
    const { rows } = await server.pool.query('select key from files where organization_id = $1', [organizationId]);
    expect(rows).toEqual([]);
  });
});

test('a page of many tasks with many lines each is written without holding all of it', async () => {
  const lines = JSON.stringify(
    Array.from({ length: 1_000 }, (_, i) => ({
      line: i + 2,
      code: 'required',
      column: 'basic.name',
      reason: 'x'.repeat(150),
    })),
  );
  for (let i = 0; i < 500; i += 1) {
    const id = newId();
    await server.pool.query(
      `with task as (insert into tasks (operation, origin, id, organization_id, action, status, config, created_by, items, errors)
         values ('import', 'organizations', $1::uuid, $2, 'import-mdm-users', 'completed', '{"override":false}', $3, 1000, 1000) returning id)
       insert into task_chunks select id, 0, 0, 1, 1001, 1000, 0, 0, 0, 1000, '', '', '', $4 from task`,
      [id, organizationId, { id: newId() }, lines],
    );
  }
  let peak = 0;
  const before = process.memoryUsage().rss;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - before);
  }, 5);
  const response = await fetch(`${server.url}/v1/organizations/${slug}/bulk-tasks?limit=1000`, {
    headers: { authorization: `Bearer ${token}` },
  });
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) bytes += chunk.length;
  clearInterval(watch);
  expect(bytes).toBeGreaterThan(100_000_000);
  expect(peak / 1024 ** 2).toBeLessThan(250);
});
