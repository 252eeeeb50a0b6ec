import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Command, endCommands, items, openbulk, temporaryFolder } from './command.ts';

/** `openbulk import` with a server that behaves as servers and what lies before them now and then do. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: Server | undefined;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'items.csv'), items(1_000));
});
afterEach(async () => {
  await endCommands();
  server?.closeAllConnections();
  server?.close();
});
afterAll(() => folder.remove());

const ID = '0190a200c01393a88a8a16d3';

function task(status: string, numItems: number): object {
  const report = { numItems, numInserts: numItems, numUpdates: 0, numSkips: 0, numErrors: 0 };
  const progress = { processedBytes: numItems * 10, totalBytes: 10_000 };
  return {
    id: ID,
    status,
    action: 'import-inventory-items',
    config: {},
    report,
    progress,
    createdAt: '',
    updatedAt: '',
  };
}

interface Stub {
  /** `METHOD path` of every request, without what all share. */
  readonly requests: string[];
  readonly headers: IncomingMessage['headers'][];
  readonly url: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Answers the first route that a request's `METHOD path` begins with; by default like a server that has done all. */
async function stub(routes: Readonly<Record<string, Handler>>): Promise<Stub> {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const all: Readonly<Record<string, Handler>> = {
    'GET ?': (_, response) => data(response, 200, { items: [], hasNextPage: false }),
    'POST ': async (request, response) => {
      for await (const _ of request);
      data(response, 202, task('pending', 0));
    },
    [`GET /${ID}/events`]: (_, response) => void events(response, { id: '9', task: task('completed', 1_000) }).end(),
    [`GET /${ID}`]: (_, response) => data(response, 200, task('completed', 1_000)),
    ...routes,
  };
  server = createServer(async (request, response) => {
    const name = `${request.method} ${request.url?.replace('/v1/organizations/demo/bulk-tasks', '')}`;
    requests.push(name.replace(/\?.*/, '?'));
    headers.push(request.headers);
    const found = Object.keys(all).find((prefix) => (prefix === 'POST ' ? name === prefix : name.startsWith(prefix)));
    await all[found ?? '']?.(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { requests, headers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function data(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ status: true, data: value }));
}

function events(response: ServerResponse, ...list: readonly { id: string; task: object }[]): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of list) response.write(`id: ${event.id}\ndata: ${JSON.stringify(event.task)}\n\n`);
  return response;
}

function importItems({ url }: Stub, ...more: string[]): Command {
  return openbulk(['import', 'items.csv', '--action', 'import-inventory-items', '--json', ...more], {
    cwd: folder.path,
    env: { OPENBULK_SERVER: url, OPENBULK_TOKEN: 'secret' },
  });
}

describe('the upload', () => {
  test('has its length, the token, the fields before the file, and an Idempotency-Key', async () => {
    let body = '';
    const server = await stub({
      'POST ': async (request, response) => {
        for await (const chunk of request) body += chunk;
        data(response, 202, task('pending', 0));
      },
    });
    expect((await importItems(server, '--override', '--set', 'basic.owner=me').ended).code).toBe(0);
    const sent = server.headers[server.requests.indexOf('POST ')];
    expect(sent?.authorization).toBe('Bearer secret');
    expect(sent?.['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
    expect(sent?.['content-length']).toBe(String(Buffer.byteLength(body)));
    const names = [...body.matchAll(/ name="(\w+)"/g)].map(([, name]) => name);
    expect(names).toEqual(['action', 'override', 'constants', 'file']);
    expect(body).toContain(`filename="items.csv"\r\nContent-Type: text/csv\r\n\r\n${items(1_000)}\r\n--`);
  });

  test('is sent again whole under the same key when the connection was lost, and when the server was busy', async () => {
    const keys: unknown[] = [];
    let times = 0;
    const server = await stub({
      'POST ': async (request, response) => {
        keys.push(request.headers['idempotency-key']);
        times += 1;
        if (times === 1) return void once(request, 'data').then(() => request.destroy());
        for await (const _ of request);
        if (times === 2) return void response.writeHead(503, { 'retry-after': '1' }).end('{}');
        data(response, 202, task('pending', 0));
      },
    });
    const started = performance.now();
    const { code, stderr } = await importItems(server).ended;
    expect(code, stderr).toBe(0);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(3);
    expect(stderr).toContain('is busy or unavailable (503). Trying again in 1 s.');
    expect(performance.now() - started).toBeGreaterThan(1_000);
  });

  test('that the server refuses before it has all of it ends at once, with what the server said and exit code 2', async () => {
    const size = 64 * 1024 * 1024;
    await writeFile(join(folder.path, 'huge.csv'), Buffer.alloc(size, 'x'));
    let received = 0;
    const server = await stub({
      'POST ': (request, response) => {
        request.on('data', (chunk) => {
          received += chunk.length;
          if (received > 1_000_000 && !response.headersSent) {
            const problems = [{ field: 'mapping.a', problem: 'no such column' }];
            const error = { code: 3000, message: 'The request is not valid.', data: problems };
            response.writeHead(400).end(JSON.stringify({ status: false, error }));
          }
        });
      },
    });
    const command = openbulk(['import', 'huge.csv', '--action', 'import-inventory-items'], {
      cwd: folder.path,
      env: { OPENBULK_SERVER: server.url, OPENBULK_TOKEN: 'secret' },
    });
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('error: The request is not valid: mapping.a: no such column\n');
    expect(received).toBeLessThan(size);
  });

  test('is broken off by Ctrl-C, with exit code 130', async () => {
    const server = await stub({ 'POST ': (request) => void request.pause() });
    await writeFile(join(folder.path, 'large.csv'), Buffer.alloc(64 * 1024 * 1024, 'x'));
    const command = openbulk(['import', 'large.csv', '--action', 'import-inventory-items'], {
      cwd: folder.path,
      env: { OPENBULK_SERVER: server.url, OPENBULK_TOKEN: 'secret' },
    });
    while (!server.requests.includes('POST ')) await sleep(20);
    command.signalGroup('SIGINT');
    expect(await command.ended).toEqual({
      code: 130,
      signal: null,
      stdout: '',
      stderr: 'Interrupted before the file was uploaded. No task was created.\n',
    });
  });
});

describe('the following', () => {
  test('comes back with Last-Event-ID after a broken stream', async () => {
    const lastEventIds: unknown[] = [];
    const server = await stub({
      [`GET /${ID}/events`]: (request, response) => {
        lastEventIds.push(request.headers['last-event-id']);
        if (lastEventIds.length === 1) return void events(response, { id: '4', task: task('inProgress', 10) }).end();
        events(response, { id: '5', task: task('completed', 1_000) }).end();
      },
      [`GET /${ID}`]: (_, response) => void response.writeHead(304).end(),
    });
    expect((await importItems(server).ended).code).toBe(0);
    expect(lastEventIds).toEqual([undefined, '4']);
  });

  test('asks from time to time, with ETag and Retry-After, where there are no events', async () => {
    const asked: { at: number; etag: unknown }[] = [];
    const server = await stub({
      [`GET /${ID}/events`]: (_, response) => void response.writeHead(404).end(),
      [`GET /${ID}`]: (request, response) => {
        const etag = request.headers['if-none-match'];
        asked.push({ at: performance.now(), etag });
        if (asked.length === 2) return void response.writeHead(304, { 'retry-after': '1' }).end();
        response.setHeader('etag', `"${asked.length}"`);
        response.setHeader('retry-after', '2');
        data(response, 200, asked.length === 1 ? task('inProgress', 10) : task('completed', 1_000));
      },
    });
    expect((await importItems(server).ended).code).toBe(0);
    const [first, second, third] = asked;
    expect([first?.etag, second?.etag, third?.etag]).toEqual([undefined, '"1"', '"1"']);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_900);
    expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThan(900);
  });

  test('says every few seconds how far it is, how fast, and how long it will take', async () => {
    const server = await stub({
      [`GET /${ID}/events`]: async (_, response) => {
        for (let second = 0; second <= 4; second += 1) {
          if (second === 0) events(response, { id: '0', task: task('inProgress', 0) });
          else response.write(`id: ${second}\ndata: ${JSON.stringify(task('inProgress', second * 100))}\n\n`);
          await sleep(1_000);
        }
        response.end(`id: 9\ndata: ${JSON.stringify(task('completed', 1_000))}\n\n`);
      },
    });
    const { stderr } = await importItems(server).ended;
    expect(stderr).toMatch(/^Importing: [23]00 lines, [23]0 %, \d+ lines\/s, about \d+ s left$/m);
  });
});

describe('Ctrl-C', () => {
  const inProgress: Handler = (_, response) => void events(response, { id: '1', task: task('inProgress', 10) });

  test('twice leaves at once and says how to follow the task, with exit code 130', async () => {
    const server = await stub({ [`GET /${ID}/events`]: inProgress, [`POST /${ID}/cancel`]: () => {} });
    const command = importItems(server);
    await command.says('was accepted');
    command.signalGroup('SIGINT');
    await command.says('To exit without waiting, press Ctrl-C again');
    await sleep(400);
    const second = performance.now();
    command.signalGroup('SIGINT');
    const { code, stdout, stderr } = await command.ended;
    expect(performance.now() - second).toBeLessThan(500);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain(`Task ${ID} continues. To follow it: openbulk tasks watch ${ID}\n`);
  });

  test('that npm hands on, so that it comes twice, counts once', async () => {
    let finish = () => {};
    const server = await stub({
      [`GET /${ID}/events`]: (_, response) => {
        events(response, { id: '1', task: task('inProgress', 10) });
        finish = () => response.end(`id: 2\ndata: ${JSON.stringify(task('failed', 10))}\n\n`);
      },
      [`POST /${ID}/cancel`]: (_, response) => {
        data(response, 200, task('failed', 10));
        setTimeout(finish, 300);
      },
      [`GET /${ID}`]: (_, response) => data(response, 200, task('failed', 10)),
    });
    const command = importItems(server);
    await command.says('was accepted');
    await sleep(200);
    command.signalGroup('SIGINT');
    await sleep(30);
    command.signalGroup('SIGINT');
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('The task was cancelled after 10 lines.');
  });

  test('with a token that may not cancel leaves the task and says why, with exit code 1', async () => {
    const server = await stub({
      [`GET /${ID}/events`]: inProgress,
      [`POST /${ID}/cancel`]: (_, response) => void response.writeHead(403).end('{}'),
    });
    const command = importItems(server);
    await command.says('was accepted');
    command.signalGroup('SIGINT');
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`Task ${ID} continues.`);
    expect(stderr).toContain('error: The token does not have the permission for this');
  });
});
