import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { items, temporaryFolder } from '../../../test/cli/command.ts';
import { type ImportOrder, OpenBulk, type OpenBulkOptions, type UploadProgress } from '../src/index.ts';
import { openFile } from '../src/node.ts';
import { type RunningProgram, startProgram } from './support/program.ts';
import { openRelay, type Relay } from './support/relay.ts';

/** Uploads of the client in Node to the running program. */
let program: RunningProgram;
let relay: Relay;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let token: string;
let path: string;

/** 25 MB, several times what the buffers of a connection hold: so it can break in the middle. */
const content = items(1_000_000);
const MIDDLE = 15_000_000;

beforeAll(async () => {
  program = await startProgram({ OPENBULK_WORKERS: '0' });
  relay = await openRelay(program.port);
  folder = await temporaryFolder();
  path = join(folder.path, 'a "list" of ítems.csv');
  await writeFile(path, content);
  token = await program.token();
});
afterEach(() => {
  relay.cut = () => undefined;
  relay.requests.length = 0;
});
afterAll(async () => {
  await relay.close();
  await folder.remove();
  await program.close();
});

function client(options: Partial<OpenBulkOptions> = {}): OpenBulk {
  return new OpenBulk({ url: relay.url, token, ...options });
}

function order(file: ImportOrder['file'], more: Partial<ImportOrder> = {}): ImportOrder {
  return { organization: 'demo', action: 'import-inventory-items', file, override: true, ...more };
}

async function tasksOf(fileName: string): Promise<number> {
  const path = { path: { organizationId: 'demo' } };
  const { data } = await client().organizations.get('/v1/organizations/{organizationId}/bulk-tasks', path);
  return data.items.filter(({ file }) => file?.originalName === fileName).length;
}

/** Breaks the connection as soon as so much of the file has left, the first time. */
function breakingAt(bytes: number): { progress: UploadProgress[]; onProgress(progress: UploadProgress): void } {
  const progress: UploadProgress[] = [];
  let broken = false;
  return {
    progress,
    onProgress(state) {
      progress.push(state);
      if (broken || state.sentBytes < bytes) return;
      broken = true;
      relay.breakAll();
    },
  };
}

function expectToGrow(progress: readonly UploadProgress[], totalBytes: number | undefined): void {
  expect(progress.length).toBeGreaterThan(10);
  const sent = progress.map(({ sentBytes }) => sentBytes);
  expect(sent).toEqual([...new Set(sent)].sort((a, b) => a - b));
  expect(progress.at(-1)).toEqual({ sentBytes: content.length, totalBytes });
}

describe('submitImport', () => {
  test('uploads a file of the disk with its name, and tells how far it is, up to the end', async () => {
    const progress: UploadProgress[] = [];
    const mapping = { 'basic.name': 'basic.name' };
    const constants = { 'purchase.provider': 'ACME' };
    const task = await client().submitImport(order(await openFile(path), { mapping, constants }), {
      onProgress: (state) => progress.push(state),
    });
    expect(task.organization).toBe('demo');
    expect(task.config).toEqual({ override: true, mapping, constants });
    expect(task.file).toMatchObject({
      originalName: 'a "list" of ítems.csv',
      mimetype: 'text/csv',
      size: content.length,
    });
    expectToGrow(progress, content.length);
  });

  test('uploads a stream of Node, whose size nobody knows', async () => {
    const progress: UploadProgress[] = [];
    const task = await client().submitImport(order(createReadStream(path), { fileName: 'stream.csv' }), {
      onProgress: (state) => progress.push(state),
    });
    expect(task.file).toMatchObject({ originalName: 'stream.csv', size: content.length });
    expectToGrow(progress, undefined);
  });

  test('uploads a stream of the web', async () => {
    const task = await client().submitImport(order(new Blob([content]).stream(), { fileName: 'web.csv' }));
    expect(task.file?.size).toBe(content.length);
  });

  test('sends a file again when the connection was lost in the middle', async () => {
    const { progress, onProgress } = breakingAt(MIDDLE);
    const file = new File([content], 'middle.csv');
    const task = await client().submitImport(order(file), { onProgress });
    expect(task.file?.size).toBe(content.length);
    expect(relay.requests).toHaveLength(2);
    expectToGrow(progress, content.length);
    expect(await tasksOf('middle.csv')).toBe(1);
  });

  test('sends what can be read again from the start, as a file that is held open', async () => {
    const { onProgress } = breakingAt(MIDDLE);
    const opened = vi.fn(() => createReadStream(path));
    const file = { size: content.length, stream: opened };
    const task = await client().submitImport(order(file, { fileName: 'held.csv' }), { onProgress });
    expect(task.file?.size).toBe(content.length);
    expect(opened).toHaveBeenCalledTimes(2);
    expect(opened.mock.results.every(({ value }) => value.destroyed)).toBe(true);
  });

  test('makes one task when the answer was lost', async () => {
    relay.cut = () => (relay.requests.length === 1 ? 'answer' : undefined);
    const task = await client().submitImport(order(new File([content], 'answered.csv')));
    expect(relay.requests).toHaveLength(2);
    expect(await tasksOf('answered.csv')).toBe(1);
    const again = client().submitImport(order(new File(['other'], 'answered.csv')), { idempotencyKey: 'mine' });
    const same = client().submitImport(order(new File(['other'], 'answered.csv')), { idempotencyKey: 'mine' });
    expect((await again).id).toBe((await same).id);
    expect((await again).id).not.toBe(task.id);
  });

  test('does not send a stream again of which something is gone, and lets go of it', async () => {
    const file = createReadStream(path);
    const uploaded = client().submitImport(order(file, { fileName: 'gone.csv' }), breakingAt(MIDDLE));
    await expect(uploaded).rejects.toMatchObject({ name: 'OpenBulkError', code: 'unreachable' });
    expect(relay.requests).toHaveLength(1);
    expect(file.destroyed).toBe(true);
    expect(await tasksOf('gone.csv')).toBe(0);
  });

  test('throws what reading the file throws', async () => {
    const failure = new Error('the disk is gone');
    async function* failing() {
      yield new TextEncoder().encode(content.slice(0, 100_000));
      throw failure;
    }
    await expect(client().submitImport(order(failing(), { fileName: 'failing.csv' }))).rejects.toBe(failure);
    expect(await tasksOf('failing.csv')).toBe(0);
  });

  test('breaks off when its signal says so, and leaves no task', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const uploaded = client().submitImport(order(new File([content], 'aborted.csv')), {
      signal: stop.signal,
      onProgress: ({ sentBytes }) => sentBytes > MIDDLE && stop.abort(reason),
    });
    await expect(uploaded).rejects.toBe(reason);
    expect(relay.requests).toHaveLength(1);
    expect(await tasksOf('aborted.csv')).toBe(0);
  });

  test.each([true, false])('whose signal comes after the last byte: answerOnceSent %s', async (answerOnceSent) => {
    const stop = new AbortController();
    const reason = new Error('too late');
    const late = createServer(async (request, response) => {
      for await (const _ of request);
      stop.abort(reason);
      setTimeout(() => response.end(JSON.stringify({ status: true, data: { id: 'made' } })), 200);
    }).listen(0, '127.0.0.1');
    await once(late, 'listening');
    const url = `http://127.0.0.1:${(late.address() as AddressInfo).port}`;
    const options = { signal: stop.signal, answerOnceSent };
    const uploaded = client({ url }).submitImport(order(new File(['x'], 'late.csv')), options);
    if (answerOnceSent) await expect(uploaded).resolves.toMatchObject({ id: 'made' });
    else await expect(uploaded).rejects.toBe(reason);
    late.close();
    late.closeAllConnections();
  });

  test('breaks off although a stream gives nothing, and lets go of it', async () => {
    const stop = new AbortController();
    const silent = new PassThrough();
    const uploaded = client().submitImport(order(silent, { fileName: 'silent.csv' }), { signal: stop.signal });
    while (relay.requests.length === 0) await sleep(20);
    stop.abort(new Error('enough'));
    await expect(uploaded).rejects.toThrow('enough');
    expect(silent.destroyed).toBe(true);
  });

  test('hears a refusal before it has sent everything', async () => {
    let sent = 0;
    const refused = client().submitImport(order(await openFile(path), { mapping: { nonsense: 'x' } }), {
      onProgress: ({ sentBytes }) => {
        sent = sentBytes;
      },
    });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      problems: [{ field: expect.stringContaining('mapping') }],
    });
    expect(sent).toBeLessThan(content.length);
    expect(relay.requests).toHaveLength(1);
  });

  test('holds nothing of the file, however large it is', async () => {
    const megabytes = 300;
    async function* lines() {
      for (let made = 0; made < megabytes * 16; made += 1) yield new Uint8Array(64 * 1024).fill(120);
    }
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    const task = await client().submitImport(order(lines(), { fileName: 'large.csv' }), {
      onProgress() {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      },
    });
    expect(task.file?.size).toBe(megabytes * 1024 ** 2);
    // Some chunks on their way, and what the collector has not seen yet.
    expect(most).toBeLessThan(150 * 1024 ** 2);
  });

  test('needs a name for what has none', async () => {
    await expect(client().submitImport(order(new Blob([content])))).rejects.toThrow('fileName');
  });
});
