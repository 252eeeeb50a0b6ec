import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { items } from '../../../test/cli/command.ts';
import { OpenBulk, type SubmittedTask, type TaskState } from '../src/index.ts';
import { type RunningProgram, startProgram } from './support/program.ts';
import { openRelay, type Relay } from './support/relay.ts';

/** Waiting for tasks of the running program, whose chunks are so small that an import takes seconds. */
let program: RunningProgram;
let relay: Relay;
let openbulk: OpenBulk;
/** Not through the relay. */
let direct: OpenBulk;

beforeAll(async () => {
  program = await startProgram({ OPENBULK_CHUNK_ROWS: '2', OPENBULK_SLICE_MS: '200' });
  relay = await openRelay(program.port);
  const token = await program.token();
  openbulk = new OpenBulk({ url: relay.url, token });
  direct = new OpenBulk({ url: program.url, token });
});
afterEach(() => {
  relay.cut = () => undefined;
  relay.requests.length = 0;
});
afterAll(async () => {
  await relay.close();
  await program.close();
});

let made = 0;

/** An import of so many good lines and a bad one. */
function submit(rows: number): Promise<SubmittedTask> {
  made += 1;
  const file = new File([`${items(rows, `T${made}-`)},laptop,bad\n`], 'items.csv');
  return openbulk.submitImport({ organization: 'demo', action: 'import-inventory-items', file });
}

function asked(below: RegExp): number[] {
  return relay.requests.filter(({ line }) => below.test(line)).map(({ at }) => at);
}
const EVENTS = /\/events(?:\?lines=false)?$/;
const TASK = /^GET .*\/bulk-tasks\/\w+(?:\?lines=false)?$/;

function expectToGrow(states: readonly TaskState[]): void {
  const lines = states.map(({ report }) => report.numItems);
  expect(lines).toEqual([...lines].sort((a, b) => a - b));
  expect(lines.at(-1)).toBe(states.at(-1)?.report.numItems);
}

describe('waitForTask', () => {
  test('sees the task move by one stream of events, and gives it whole when it is over', async () => {
    const task = await submit(1_000);
    const states: TaskState[] = [];
    const done = await openbulk.waitForTask(task, { onProgress: (state) => states.push(state) });
    expect(done).toMatchObject({ id: task.id, status: 'completed', report: { numInserts: 1_000, numErrors: 1 } });
    expect(done.report.erroredLines).toMatchObject([{ line: 1_002, column: 'basic.name' }]);
    expect(states.length).toBeGreaterThan(4);
    expectToGrow(states);
    expect([asked(EVENTS).length, asked(TASK).length]).toEqual([1, 0]);
  });

  test('leaves the lines out where they are not wanted, by events and by asking', async () => {
    const done = await openbulk.waitForTask(await submit(1), { lines: false });
    relay.cut = (line) => (EVENTS.test(line) ? 'request' : undefined);
    const again = await openbulk.waitForTask({ organization: 'demo', id: done.id }, { lines: false });
    expect([done.report.numErrors, done.report.erroredLines]).toEqual([1, undefined]);
    expect(again).toEqual(done);
  });

  test('gives a task that is over already', async () => {
    const task = await submit(1);
    const { updatedAt } = await openbulk.waitForTask(task);
    expect((await openbulk.waitForTask({ organization: 'demo', id: task.id })).updatedAt).toBe(updatedAt);
  });

  test('lets the server end the stream, and opens no connection that nobody uses', async () => {
    let connections = 0;
    const stub = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\ndata: {"kind":"of a later version"}\n\nid: 2\ndata: {"status":"completed"}\n\n');
      setTimeout(() => response.end(), 100);
    });
    stub.on('connection', () => {
      connections += 1;
    });
    stub.listen(0, '127.0.0.1');
    await once(stub, 'listening');
    const url = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
    const states: TaskState[] = [];
    const task = { organization: 'demo', id: 'any' };
    await new OpenBulk({ url, token: '' }).waitForTask(task, { onProgress: (state) => states.push(state) });
    await sleep(200);
    expect([states.map(({ status }) => status), connections]).toEqual([['completed'], 1]);
    stub.closeAllConnections();
    stub.close();
  });

  test('goes on when the stream breaks off, and is not told again what it knows', async () => {
    const { organization, id } = await submit(1_000);
    const steer = (verb: 'pause' | 'resume') => {
      const path = { path: { organizationId: organization, bulkTaskId: id } };
      return direct.organizations.post(`/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}/${verb}`, path);
    };
    const states: TaskState[] = [];
    let paused: Promise<unknown> | undefined;
    let resumed: Promise<unknown> | undefined;
    const done = await openbulk.waitForTask(
      { organization, id },
      {
        onProgress(state) {
          states.push(state);
          paused ??= steer('pause');
          if (!state.paused || resumed) return;
          relay.breakAll();
          resumed = sleep(4_000).then(() => steer('resume'));
        },
      },
    );
    await Promise.all([paused, resumed]);
    expect(done.report.numItems).toBe(1_001);
    expect(states.filter((state) => state.paused)).toHaveLength(1);
    expectToGrow(states);
    expect([asked(EVENTS).length, asked(TASK).length]).toEqual([2, 1]);
  });

  test('asks as often as the server wants where no stream comes through', async () => {
    const task = await submit(24_000);
    relay.cut = (line) => (EVENTS.test(line) ? 'answer' : undefined);
    const states: TaskState[] = [];
    const done = await openbulk.waitForTask(task, { onProgress: (state) => states.push(state) });
    expect(done.report.numItems).toBe(24_001);
    expectToGrow(states);
    expect(asked(EVENTS)).toHaveLength(2);
    // After it has given the events up.
    const polls = asked(TASK).slice(1);
    expect(polls.length).toBeGreaterThan(2);
    // Retry-After of a running task is a second.
    for (const [index, at] of polls.slice(1).entries()) expect(at - (polls[index] as number)).toBeGreaterThan(990);
  });

  test('lives through a server that is restarted in the middle', async () => {
    const task = await submit(3_000);
    const states: TaskState[] = [];
    let restarted: Promise<void> | undefined;
    const done = await openbulk.waitForTask(task, {
      onProgress(state) {
        states.push(state);
        if (state.report.numItems < 100) return;
        restarted ??= program.stop().then(async () => {
          await sleep(1_000);
          await program.start();
        });
      },
    });
    await restarted;
    expect(done).toMatchObject({ status: 'completed', report: { numInserts: 3_000, numErrors: 1 } });
    expectToGrow(states);
  });

  test('gives up after its time, or when a signal says so; the task goes on', async () => {
    const task = await submit(1_000);
    await expect(openbulk.waitForTask(task, { timeout: 300 })).rejects.toMatchObject({ name: 'TimeoutError' });
    const stop = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => stop.abort(reason);
    await expect(openbulk.waitForTask(task, { signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect((await openbulk.waitForTask(task)).status).toBe('completed');
  });

  test('throws when there is no such task, or the token may not see it', async () => {
    const wrong = new OpenBulk({ url: relay.url, token: 'wrong' });
    const nothing = { organization: 'demo', id: '0'.repeat(24) };
    await expect(openbulk.waitForTask(nothing)).rejects.toMatchObject({ code: 'not_found' });
    await expect(wrong.waitForTask(nothing)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

test('submitFixes uploads corrected lines of a task, in the character set that it says', async () => {
  const task = await submit(1);
  await openbulk.waitForTask(task);
  const report = await openbulk.downloadReport(task, { outcome: 'errored', excel: true });
  const rows = await buffer(report);
  expect(rows.subarray(0, 3)).toEqual(Buffer.from('\ufeff'));
  const corrected = rows
    .subarray(3)
    .toString()
    .replace(/^,laptop,bad,/m, 'Pärson,laptop,fixed,');
  const file = new File([Buffer.from(corrected, 'latin1')], 'report.csv');
  const fixes = await openbulk.submitFixes(task, { file, encoding: 'iso-8859-1' });
  const done = await openbulk.waitForTask(fixes);
  expect(done).toMatchObject({ parentId: task.id, status: 'completed', report: { numInserts: 1, numErrors: 0 } });
});

test('downloadReport streams the lines that were not applied', async () => {
  const task = await submit(3);
  await openbulk.waitForTask(task);
  const report = await openbulk.downloadReport(task, { outcome: 'errored' });
  expect((await text(report)).split('\r\n')[1]).toMatch(/^,laptop,bad,5,required,basic\.name,/);
  const json = await openbulk.downloadReport(task, { format: 'json' });
  expect(JSON.parse(await text(json)).data.lines).toHaveLength(1);
});
