import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { statuses, type TaskStatus } from '../../../src/task/lifecycle.ts';
import type { Task } from '../../../src/task/task.ts';
import { submitPatch } from '../../support/data/patches.ts';
import { type Answer, openServer, type TestServer, THREE_ROWS } from '../server.ts';

const BULK = '/activityid/v1/user/bulk';

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

function ask(path = '', headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return server.ask(BULK + path, { method, token, headers });
}

interface State {
  readonly started?: boolean;
  readonly planned?: boolean;
  readonly waited?: boolean;
}

/** Puts a task there as if it had come to that state: made at 9, begun at 10, in its status since 11 o'clock. */
async function put(
  status: TaskStatus,
  { started = false, planned = false, waited = false }: State = {},
): Promise<string> {
  const id = newId();
  await server.pool.query(
    `insert into tasks (operation, origin, id, organization_id, action, status, config, created_by, plan,
       created_at, started_at, status_changed_at, scheduled_at)
     values ('external', 'task-v2', $1, $2, 'Handler', $3, '{}', $4, case when $6 then '{}'::jsonb end, '2026-01-31T09:00:00Z',
       case when $5 then timestamptz '2026-01-31T10:00:00Z' end, '2026-01-31T11:00:00Z',
       case when $7 then timestamptz '2026-01-31T12:00:00Z' end)`,
    [id, organizationId, status, { id: newId(), fullName: 'Ada' }, started, planned, waited],
  );
  return id;
}

function bulksOf(answer: Answer): string[] {
  return (answer.json.content as unknown as { bulkId: string }[]).map(({ bulkId }) => bulkId);
}

describe('the list', () => {
  test('of nothing is an empty array', async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.json).toEqual({
      content: [],
      result: { status: 200, message: 'The bulks that are still retained.' },
    });
  });

  test('has every task of the organization, newest first, whatever dialect made it, with and without a slash', async () => {
    const first = await put('completed');
    const patch = await submitPatch(server, organizationId, '{"object_id":"1"}');
    const imported = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
    for (const path of ['', '/']) {
      const answer = await ask(path);
      expect(bulksOf(answer)).toEqual([imported.id, patch.id, first]);
      expect(Object.keys(answer.json.content?.[0] ?? {})).toEqual(['bulkId', 'status', 'createdOn', 'updatedOn']);
    }
  });

  test('is whole although it has more bulks than are read at once', async () => {
    const ids = Array.from({ length: 1_234 }, () => newId());
    await server.pool.query(
      `insert into tasks (operation, origin, id, organization_id, action, config, created_by)
       select 'external', 'task-v2', id, $2, 'Handler', '{}', '{}' from unnest($1::uuid[]) id`,
      [ids, organizationId],
    );
    expect(bulksOf(await ask())).toEqual(ids.toReversed());
  });

  test('leaves out what is past its retention, and what belongs to another organization', async () => {
    await put('completed');
    await server.pool.query('update tasks set historized_at = now() where organization_id = $1', [organizationId]);
    await submitPatch(server, await server.organization(`${slug}-other`), '{"object_id":"1"}');
    expect(bulksOf(await ask())).toEqual([]);
  });

  test('takes a GET with and without a Content-Type', async () => {
    for (const type of ['application/json', 'text/xml', 'application/jsonl']) {
      expect((await ask('', { 'content-type': type })).status).toBe(200);
    }
  });
});

describe('one bulk', () => {
  test('is found by either spelling of its id, and told as the page says', async () => {
    const id = await put('running', { started: true });
    for (const spelling of [id, id.toUpperCase(), toHex24(id)]) {
      const answer = await ask(`/${spelling}`);
      expect(answer.json).toEqual({
        content: {
          bulkId: id,
          status: 'processing',
          createdOn: '2026-01-31T09:00:00.000Z',
          updatedOn: '2026-01-31T10:00:00.000Z',
        },
        result: { status: 200, message: 'The status of the bulk.' },
      });
    }
  });

  const made = '2026-01-31T09:00:00.000Z';
  const begun = '2026-01-31T10:00:00.000Z';
  const moved = '2026-01-31T11:00:00.000Z';
  const life: readonly [TaskStatus, State, string, string][] = [
    ['pending', {}, 'received', moved],
    ['pending', { planned: true }, 'scheduled', moved],
    ['pending', { waited: true }, 'scheduled', made],
    ['scheduled', { waited: true }, 'scheduled', made],
    ['awaiting_approval', {}, 'scheduled', moved],
    ['awaiting_approval', { started: true }, 'processing', begun],
    ['paused', {}, 'scheduled', moved],
    ['paused', { started: true, planned: true }, 'processing', begun],
    ['running', { started: true, planned: true }, 'processing', begun],
    ['completed', { started: true, planned: true }, 'completed', moved],
    ['failed', { planned: true }, 'failed', moved],
    ['cancelled', { started: true }, 'failed', moved],
  ];

  test.each(life)('that is %s %j is %s since %s', async (status, state, wire, updatedOn) => {
    const answer = await ask(`/${await put(status, state)}`);
    expect(answer.json.content).toMatchObject({ status: wire, updatedOn });
    expect(answer.headers.has('retry-after')).toBe(!['completed', 'failed'].includes(wire));
  });

  test('can be in no state that the life table leaves out', () => {
    expect(new Set(life.map(([status]) => status))).toEqual(new Set(statuses));
  });

  test('answers 304 to who has it already, in the same language', async () => {
    const id = await put('running', { started: true });
    const etag = (await ask(`/${id}`)).headers.get('etag') as string;
    const unchanged = await ask(`/${id}`, { 'if-none-match': etag });
    expect([unchanged.status, unchanged.text, unchanged.headers.get('etag')]).toEqual([304, '', etag]);
    expect(unchanged.headers.get('retry-after')).toBe('1');
    expect((await ask(`/${id}`, { 'if-none-match': etag, 'accept-language': 'es' })).status).toBe(200);
    await server.pool.query(`update tasks set status = 'completed', status_changed_at = now() where id = $1`, [id]);
    expect((await ask(`/${id}`, { 'if-none-match': etag })).status).toBe(200);
  });

  test('moves its updatedOn only when its status moves', async () => {
    const task = await submitPatch(server, organizationId, '{"object_id":"1"}');
    const seen = new Map<string, Set<string>>();
    await server.working(async () => {
      for (let status = ''; status !== 'completed'; ) {
        const { content } = (await ask(`/${task.id}`)).json;
        status = content?.status as unknown as string;
        const dates = seen.get(status) ?? new Set();
        seen.set(status, dates.add(content?.updatedOn as unknown as string));
      }
    });
    for (const dates of seen.values()) expect(dates.size).toBe(1);
    const paused = await put('running', { started: true });
    await server.pool.query(`update tasks set status = 'paused', status_changed_at = now() where id = $1`, [paused]);
    expect((await ask(`/${paused}`)).json.content).toMatchObject({ status: 'processing', updatedOn: begun });
  });

  test('is answered to HEAD as to GET, without its body; so are the list and the results', async () => {
    const id = await put('completed');
    for (const path of ['', `/${id}`, `/${id}/results`]) {
      const [get, head] = [await ask(path), await ask(path, {}, 'HEAD')];
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['content-type', 'etag', 'cache-control', 'content-language']) {
        expect(head.headers.get(name)).toBe(get.headers.get(name));
      }
    }
  });
});

describe('the results', () => {
  const LINES = [
    '{"object_id":"1","name":"Ann"}',
    '',
    '{"pulse_id":"p","object_id":"2"}',
    '{"object_id":"1","name":"Anna"}',
    '{"object_id":"1","name":"Anna"}',
    '{"name":"nobody"}',
    'no JSON',
    `{"object_id":"${'x'.repeat(300)}"}`,
  ].join('\n');

  async function patched(content: string, chunkRows = 5_000): Promise<Task> {
    const task = await submitPatch(server, organizationId, content);
    return server.working(() => server.finished(task), { chunkRows });
  }

  interface Page {
    readonly results: { line: number; outcome: string }[];
    readonly lastId?: string;
  }

  async function follow(id: string, query: string): Promise<Page[]> {
    const pages: Page[] = [];
    for (let last: string | undefined = '0'; last !== undefined; ) {
      const answer = await ask(`/${id}/results?${query}&last=${last}`);
      const page = answer.json.content as unknown as Page;
      pages.push(page);
      last = page.lastId;
    }
    return pages;
  }

  test('tell every line, in line order, with the ids that it names', async () => {
    const { id } = await patched(LINES);
    const answer = await ask(`/${toHex24(id)}/results/`);
    expect(answer.json).toEqual({
      content: {
        results: [
          { line: 1, object_id: '1', outcome: 'inserted' },
          { line: 3, object_id: '2', pulse_id: 'p', outcome: 'inserted' },
          { line: 4, object_id: '1', outcome: 'updated' },
          { line: 5, object_id: '1', outcome: 'skipped' },
          { line: 6, outcome: 'errored', error: expect.stringContaining('must have object_id or pulse_id') },
          { line: 7, outcome: 'errored', error: expect.stringContaining('"no JSON"') },
          { line: 8, outcome: 'errored', error: expect.stringContaining('at most 256 characters long; found 300') },
        ],
      },
      result: { status: 200, message: 'The results of the bulk.' },
    });
    expect(answer.headers.get('retry-after')).toBeNull();
  });

  test('come in pages that have every line once, wherever chunks and pages end', async () => {
    const lines = Array.from({ length: 60 }, (_, n) =>
      n % 7 === 3 ? 'bad' : `{"object_id":"${n % 25}","n":${n % 3}}`,
    );
    for (const chunkRows of [1, 7, 5_000]) {
      const { id } = await patched(lines.join('\n'), chunkRows);
      for (const limit of [1, 13, 60, 1_000]) {
        const pages = await follow(id, `limit=${limit}`);
        expect(pages.flatMap(({ results }) => results.map(({ line }) => line))).toEqual(lines.map((_, n) => n + 1));
        expect(pages).toHaveLength(Math.ceil(60 / limit));
      }
      const failed = await follow(id, 'limit=4&failedOnly=true');
      expect(failed.flatMap(({ results }) => results.map(({ line }) => line))).toEqual([
        4, 11, 18, 25, 32, 39, 46, 53, 60,
      ]);
      expect(failed.map(({ results }) => results.length)).toEqual([4, 4, 1]);
    }
  });

  test('begin at 100, and failedOnly=false is all of them', async () => {
    const { id } = await patched(Array.from({ length: 150 }, (_, n) => `{"object_id":"${n}"}`).join('\n'));
    const { content } = (await ask(`/${id}/results?failedOnly=false`)).json as unknown as { content: Page };
    expect([content.results.length, content.lastId]).toEqual([100, '100']);
  });

  test('of a compressed file are found as well', async () => {
    const text = Array.from({ length: 30 }, (_, n) => `{"object_id":"${n}"}`).join('\n');
    const task = await submitPatch(server, organizationId, gzipSync(text));
    await server.working(() => server.finished(task), { chunkRows: 7 });
    const answer = await ask(`/${task.id}/results?last=20&limit=2`);
    expect(answer.json.content?.results).toEqual([
      { line: 21, object_id: '20', outcome: 'inserted' },
      { line: 22, object_id: '21', outcome: 'inserted' },
    ]);
  });

  test('of a bulk that is not over go on behind what there is, so that who follows sees the rest', async () => {
    const task = await submitPatch(server, organizationId, LINES);
    const before = await ask(`/${task.id}/results`);
    expect(before.json.content).toEqual({ results: [], lastId: '0' });
    expect(before.headers.get('retry-after')).toBe('1');
    await server.working(() => server.finished(task));
    // As it was after the lines so far: the same ledger, and still running.
    await server.pool.query(`update tasks set status = 'running' where id = $1`, [task.id]);
    const during = (await ask(`/${task.id}/results?last=0`)).json.content as unknown as Page;
    expect([during.results.length, during.lastId]).toEqual([7, '8']);
    expect((await ask(`/${task.id}/results?last=8`)).json.content).toEqual({ results: [], lastId: '8' });
    await server.pool.query(`update tasks set status = 'completed' where id = $1`, [task.id]);
    expect((await ask(`/${task.id}/results?last=8`)).json.content).toEqual({ results: [] });
  });

  test('of an import that another dialect made tell its lines, and of a task without lines nothing', async () => {
    const csv = 'basic.name,basic.type,identifiers.serialNumber\nOne,laptop,S1\n,laptop,S2\nOne,laptop,S1\n';
    const task = await server.submit(organizationId, 'import-inventory-items', csv);
    await server.working(() => server.finished(task));
    expect((await ask(`/${task.id}/results`)).json.content).toEqual({
      results: [
        { line: 2, outcome: 'inserted' },
        { line: 3, outcome: 'errored', error: expect.stringContaining('basic.name') },
        { line: 4, outcome: 'skipped' },
      ],
    });
    expect((await ask(`/${await put('running')}/results`)).json.content).toEqual({ results: [] });
  });

  test.each([
    ['limit=0', 'limit must be a whole number from 1 to 1000'],
    ['limit=1001', 'limit must be a whole number from 1 to 1000'],
    ['limit=ten', 'limit must be a whole number from 1 to 1000'],
    ['limit=1&limit=2', 'limit is given more than once'],
    ['last=x', 'last must be the lastId of an earlier response'],
    ['last=-1', 'last must be the lastId of an earlier response'],
    ['last=9999999999999999', 'last must be the lastId of an earlier response'],
    ['last=1&last=2', 'last is given more than once'],
    ['failedOnly=yes', 'failedOnly must be true, false, 1 or 0'],
  ])('%s is 400, and says what must be', async (query, message) => {
    const answer = await ask(`/${await put('completed')}/results?${query}`);
    expect(answer.json).toEqual({ result: { status: 400, message: `The request is not valid. ${message}` } });
  });
});
