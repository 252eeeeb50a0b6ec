import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toHex24 } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { HEADER, type Json, openServer, type TestServer, THREE_ROWS } from '../server.ts';

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: Json;
  /** When it came, ms. */
  readonly at: number;
}

interface Stream {
  readonly status: number;
  readonly headers: Headers;
  readonly events: Event[];
  /** All that came, as it came. */
  text: string;
  readonly ended: Promise<void>;
  leave(): void;
}

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

function pathOf(task: Task): string {
  return `/v1/organizations/${slug}/bulk-tasks/${toHex24(task.id)}`;
}

async function follow(
  task: Task,
  headers: Record<string, string> = {},
  { on = server, query = '' } = {},
): Promise<Stream> {
  const leaving = new AbortController();
  const response = await fetch(`${on.url}${pathOf(task)}/events${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: leaving.signal,
  });
  const stream = { status: response.status, headers: response.headers, events: [] as Event[], text: '' };
  const ended = (async () => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      const text = decoder.decode(chunk, { stream: true });
      stream.text += text;
      rest += text;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) if (/^data:/m.test(block)) stream.events.push(parse(block));
    }
  })();
  ended.catch(() => {});
  return Object.assign(stream, { ended, leave: () => leaving.abort() });
}

function parse(block: string): Event {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
  return { id: fields.id, event: fields.event, data: JSON.parse(fields.data), at: Date.now() };
}

test('a task is told from where it stands to its end, and then the stream ends', async () => {
  const csv = `${HEADER}\n${Array.from({ length: 3_000 }, (_, i) => `N${i},laptop,S${i}\n`).join('')}`;
  const task = await server.submit(organizationId, 'import-inventory-items', csv);
  const stream = await follow(task);
  expect(stream.status).toBe(200);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.headers.get('cache-control')).toBe('no-store');
  expect(stream.headers.get('x-accel-buffering')).toBe('no');
  await expect.poll(() => stream.events.length).toBe(1);
  expect(stream.text).toMatch(/^retry: \d+\n\n/);
  expect(stream.events[0]?.data).toMatchObject({ status: 'pending', id: toHex24(task.id) });

  await server.working(() => stream.ended, { chunkRows: 10 });
  const { events } = stream;
  expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['task']));
  expect(events.length).toBeGreaterThan(2);
  const ids = events.map(({ id }) => Number(id));
  expect(ids.toSorted((a, b) => a - b)).toEqual(ids);
  const answer = await server.ask(pathOf(task), { token });
  expect(events.at(-1)?.data).toEqual(answer.json.data);
  expect(answer.headers.get('etag')).toBe(`"${events.at(-1)?.id}"`);
});

test('the lists of lines are told at first and at the end, and left out in between', async () => {
  const csv = `${HEADER}\n${Array.from({ length: 300 }, (_, i) => `,laptop,S${i}\n`).join('')}`;
  const task = await server.submit(organizationId, 'import-inventory-items', csv);
  const stream = await follow(task);
  const bare = await follow(task, {}, { query: '?lines=false' });
  await expect.poll(() => stream.events.length).toBe(1);
  await server.working(
    async () => {
      await expect.poll(() => stream.events.at(-1)?.data.report?.numErrors).toBeGreaterThan(0);
      await server.ask(`${pathOf(task)}/pause`, { method: 'POST', token });
      await expect.poll(() => stream.events.at(-1)?.data.paused).toBe(true);
      await server.ask(`${pathOf(task)}/resume`, { method: 'POST', token });
      await stream.ended;
      await bare.ended;
    },
    { chunkRows: 1 },
  );
  const listsOf = ({ events }: Stream) =>
    events.map(({ data }) => Object.keys(data.report ?? {}).filter((name) => name.endsWith('Lines')));
  const lists = listsOf(stream);
  const whole = ['skippedLines', 'erroredLines'];
  expect(lists).toEqual([whole, ...stream.events.slice(2).map(() => []), whole]);
  expect(stream.events.at(-1)?.data.report?.erroredLines).toHaveLength(300);
  expect(lists.length).toBeGreaterThan(3);
  expect(listsOf(bare).flat()).toEqual([]);
  expect(bare.events.at(-1)?.data).toMatchObject({ status: 'completed', report: { numErrors: 300 } });
});

test('many changes are told as few: five a second at most', async () => {
  const task = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
  const stream = await follow(task);
  const bump = () =>
    server.pool.query(
      `update tasks set version = version + 1 where id = $1 returning pg_notify('openbulk_task', id::text)`,
      [task.id],
    );
  for (const end = Date.now() + 1_500; Date.now() < end; await sleep(5)) await bump();
  const { rows } = await server.pool.query('select version from tasks where id = $1', [task.id]);
  await expect.poll(() => stream.events.at(-1)?.id).toBe(String(rows[0].version));
  expect(rows[0].version).toBeGreaterThan(50);
  expect(stream.events.length).toBeLessThan(13);
  for (const [index, { at }] of stream.events.slice(1).entries()) {
    expect(at - (stream.events[index]?.at ?? 0)).toBeGreaterThan(150);
  }
  stream.leave();
});

test('who comes back gets the state now if it is another than the last one seen', async () => {
  const task = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
  const behind = await follow(task, { 'last-event-id': '0' });
  await expect.poll(() => behind.events.map(({ id }) => id)).toEqual(['1']);
  const current = await follow(task, { 'last-event-id': '1' });
  await server.ask(`${pathOf(task)}/cancel`, { method: 'POST', token });
  await Promise.all([behind.ended, current.ended]);
  for (const { events } of [behind, current])
    expect(events.at(-1)).toMatchObject({ id: '2', data: { status: 'failed' } });
  expect(current.events).toHaveLength(1);
});

test('a task that is over is told once; who has seen that is told 204 and stays away', async () => {
  const task = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
  await server.ask(`${pathOf(task)}/cancel`, { method: 'POST', token });
  const stream = await follow(task);
  await stream.ended;
  expect(stream.events.map(({ id }) => id)).toEqual(['2']);
  const again = await follow(task, { 'last-event-id': '2' });
  await again.ended;
  expect([again.status, again.text]).toEqual([204, '']);
});

test('a task that is deleted while it is watched ends the stream', async () => {
  const task = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
  const stream = await follow(task, { 'last-event-id': '1' });
  await server.pool.query('delete from tasks where id = $1', [task.id]);
  await server.pool.query(`select pg_notify('openbulk_task', $1)`, [task.id]);
  await stream.ended;
  expect(stream.events).toEqual([]);
});

test('a reader that goes away is forgotten', async () => {
  const watched = new Set<string>();
  const counting = await openServer({
    feed: {
      watch(id) {
        watched.add(id);
        return () => watched.delete(id);
      },
      close: async () => {},
    },
  });
  try {
    const mine = await counting.organization(slug);
    token = await counting.token(mine);
    const stream = await follow(
      await counting.submit(mine, 'import-inventory-items', THREE_ROWS),
      {},
      { on: counting },
    );
    await expect.poll(() => watched.size).toBe(1);
    // Past the pause after the first event: what waits now waits for a change.
    await sleep(400);
    stream.leave();
    await expect.poll(() => watched.size).toBe(0);
  } finally {
    await counting.close();
  }
});

test('HEAD answers at once', async () => {
  const task = await server.submit(organizationId, 'import-inventory-items', THREE_ROWS);
  const answer = await server.ask(`${pathOf(task)}/events`, { method: 'HEAD', token });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
});

test('a server that stops ends its streams', async () => {
  const stopping = await openServer();
  const mine = await stopping.organization(slug);
  token = await stopping.token(mine);
  const stream = await follow(await stopping.submit(mine, 'import-inventory-items', THREE_ROWS), {}, { on: stopping });
  await expect.poll(() => stream.events.length).toBe(1);
  const started = Date.now();
  await stopping.close();
  await stream.ended;
  expect(Date.now() - started).toBeLessThan(3_000);
});
