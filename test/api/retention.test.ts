import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toHex24 } from '../../src/task/ids.ts';
import type { Task } from '../../src/task/task.ts';
import { sweep } from '../support/data/retention.ts';
import { HEADER, openServer, type TestServer } from './server.ts';

/** A report of 18 MB: more than the buffers between a server and a client that does not read. */
const ROWS = 60_000;
const LONG = `${HEADER},basic.description\n${Array.from({ length: ROWS }, (_, i) => `,laptop,E${i},${'x'.repeat(200)}\n`).join('')}`;

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

function pathOf(id: string): string {
  return `/v1/organizations/${slug}/bulk-tasks/${toHex24(id)}`;
}

async function imported(content: string): Promise<Task> {
  const task = await server.submit(organizationId, 'import-inventory-items', content);
  return server.working(() => server.finished(task));
}

/** A report that is asked for, and of which its first piece is read. */
async function beginDownload(task: Task): Promise<{ rest(): Promise<number> }> {
  const response = await fetch(`${server.url}${pathOf(task.id)}/report`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const linesIn = (piece: Uint8Array | undefined) => decoder.decode(piece, { stream: true }).split('\n').length - 1;
  let lines = linesIn((await reader.read()).value);
  return {
    /** Lines of it in all, the header not counted. */
    async rest() {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) lines += linesIn(piece.value);
      return lines - 1;
    },
  };
}

test('a task past its retention answers like one that never was', async () => {
  const task = await imported(`${HEADER}\n,laptop,S1\n`);
  const none = '01a201570000000000000000';
  await sweep(server, 31);
  for (const [method, below] of [
    ['GET', ''],
    ['GET', '/report'],
    ['GET', '/report?format=json'],
    ['GET', '/events'],
    ['POST', '/cancel'],
    ['POST', '/pause'],
    ['POST', '/resume'],
    ['DELETE', ''],
  ] as const) {
    const [purged, never] = await Promise.all(
      [task.id, none].map((id) => server.ask(`${pathOf(id)}${below}`, { method, token })),
    );
    expect([method, below, purged?.status, purged?.text]).toEqual([method, below, 404, never?.text]);
  }
  const list = await server.ask(`/v1/organizations/${slug}/bulk-tasks`, { token });
  expect(list.json.data).toMatchObject({ items: [], totalDocs: 0 });
});

test('a report that is being downloaded slowly is completed, and the task purged after it', {
  timeout: 120_000,
}, async () => {
  const task = await imported(LONG);
  const download = await beginDownload(task);
  expect((await sweep(server, 31)).done).toMatchObject({ results: 0, files: 0 });
  // A reader that takes longer than its lease says so again in time, though it reads nothing meanwhile.
  await server.pool.query(`update tasks set read_until = clock_timestamp() where id = $1`, [task.id]);
  const held = async () => {
    const { rows } = await server.pool.query('select read_until > clock_timestamp() as held from tasks where id = $1', [
      task.id,
    ]);
    return rows[0].held;
  };
  expect(await held()).toBe(false);
  await expect.poll(held, { timeout: 25_000, interval: 200 }).toBe(true);
  expect((await sweep(server, 31)).done).toMatchObject({ results: 0, files: 0 });
  expect(await download.rest()).toBe(ROWS);

  await server.pool.query(`update tasks set read_until = clock_timestamp() where id = $1`, [task.id]);
  expect((await sweep(server, 31)).done).toMatchObject({ results: 1, files: 1 });
});

test('a report whose task is deleted meanwhile breaks off, rather than end as if it were whole', async () => {
  const task = await imported(LONG);
  const download = await beginDownload(task);
  expect((await server.ask(pathOf(task.id), { method: 'DELETE', token })).status).toBe(200);
  await expect(download.rest()).rejects.toThrow();
});

test('what was submitted under a key can be submitted again once the key is forgotten', async () => {
  const send = async () => {
    const body = new FormData();
    body.append('action', 'import-inventory-items');
    body.append('file', new Blob([`${HEADER}\n`]), 'a.csv');
    const headers = { 'idempotency-key': 'k' };
    return server.ask(`/v1/organizations/${slug}/bulk-tasks`, { method: 'POST', token, headers, body });
  };
  const first = await send();
  expect((await send()).text).toBe(first.text);
  await sweep(server, 1.1);
  const again = await send();
  expect([again.status, again.json.data?.id === first.json.data?.id]).toEqual([202, false]);
});
