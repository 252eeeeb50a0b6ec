import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { embeddedVerifier } from '../../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { cuttable } from '../../support/crashes/cuttable.ts';
import { sweep } from '../../support/data/retention.ts';
import { comparison, storedFiles, unfinishedFiles } from '../../support/data/stored-files.ts';
import { HEADER, ISSUER, openServer, type TestServer } from '../server.ts';
import { ACTION, collect, type Desk, field, file, multipart, openDesk } from './submissions.ts';

let server: TestServer;
let desk: Desk;

beforeEach(async () => {
  server = await openServer();
  desk = await openDesk(server, 'acme');
});
afterEach(() => server.close());

const ROWS = `${HEADER}\nOne,laptop,S1\n,laptop,S2\n,laptop,S3\n`;

function form(fields: Record<string, string> = ACTION): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('file', new Blob([ROWS]), 'items.csv');
  return body;
}

/** The store has the files of rows, no others, nothing unfinished, and there is nothing more to remove. */
async function expectNothingLeft(tasks: number): Promise<void> {
  const { stored, named } = await comparison(server);
  expect({ stored, files: stored.length }).toEqual({ stored: named, files: tasks });
  expect(await unfinishedFiles(server)).toEqual([]);
  const { rows } = await server.pool.query('select key from files_to_remove');
  expect(rows).toEqual([]);
}

test('whatever becomes of a request, it leaves the files of its task and no others', async () => {
  const { token, path } = desk;
  const key = { 'idempotency-key': 'one' };
  const first = await desk.submit(form(), key);
  expect(first.status).toBe(202);
  await expectNothingLeft(1);
  expect((await desk.submit(form(), key)).json.data?.id).toBe(first.json.data?.id);
  expect((await desk.submit(form({ ...ACTION, override: 'true' }), key)).status).toBe(409);
  const file1 = file(ROWS);
  expect((await desk.submitRaw(multipart(file1, field('action', 'nonsense')))).status).toBe(400);
  expect((await desk.submitRaw(multipart(field('action', ACTION.action), file1, file1))).status).toBe(400);
  expect((await desk.submitRaw(multipart(file1))).status).toBe(400);
  await expectNothingLeft(1);

  const task = `${path}/${first.json.data?.id}`;
  await server.working(async () => {
    while (String((await server.ask(task, { token })).json.data?.status) !== 'completed') await sleep(20);
  });
  const fixes = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
    server.ask(`${task}/fixes`, { method: 'POST', token, body, headers });
  const rows = JSON.stringify({ rows: [{ line: 3, cells: ['Two', 'laptop', 'S2'] }] });
  const json = { 'content-type': 'application/json' };
  expect((await fixes(rows, { ...json, ...key })).status).toBe(202);
  expect((await fixes(rows, { ...json, ...key })).status).toBe(202);
  expect((await fixes(rows.replace('3', '9'), json)).status).toBe(400);
  const report = await server.ask(`${task}/report?format=csv`, { token });
  const sent = new FormData();
  sent.set('file', new Blob([report.text.replace(',laptop', 'Two,laptop')]), 'report.csv');
  expect((await fixes(sent)).status).toBe(202);
  await expectNothingLeft(3);

  const patch = (body: string) =>
    server.ask('/activityid/v1/user/bulk', {
      method: 'PATCH',
      token,
      body,
      headers: { 'content-type': 'application/jsonl' },
    });
  expect((await patch('{"object_id":"1"}')).status).toBe(202);
  expect((await patch(' \n')).status).toBe(400);
  expect((await server.ask(`${path}/preview`, { method: 'POST', token, body: form() })).status).toBe(200);
  await expectNothingLeft(4);
});

/** Sends the head of a submission and half of its file. */
async function sendHalf(port = server.port) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const body = multipart(field('action', ACTION.action), file(ROWS.padEnd(100_000, 'x')));
  socket.write(desk.head({ 'Content-Length': String(body.length) }) + body.slice(0, 50_000));
  while ((await unfinishedFiles(server)).length === 0) await sleep(10);
  return { socket, rest: body.slice(50_000) };
}

test('a client that goes away in the middle leaves nothing', async () => {
  const { socket } = await sendHalf();
  socket.destroy();
  const announced = async () => (await server.pool.query('select from files_to_remove')).rowCount;
  while ((await announced()) !== 0 || (await unfinishedFiles(server)).length > 0) await sleep(10);
  await expectNothingLeft(0);
});

describe('an upload while the database is away', () => {
  /** A server on the same database and files, behind a way that can be cut. It has seen the organization before. */
  async function behind(way: { readonly url: string }) {
    const pool = openPool({ url: way.url, applicationName: 'test', max: 4 });
    const verifier = embeddedVerifier({ pool: server.pool, issuer: ISSUER });
    const cut = await openServer({ pool, files: server.files, verifier });
    expect((await cut.ask(desk.path, { token: desk.token })).status).toBe(200);
    return {
      cut,
      async close() {
        await cut.close();
        await pool.end();
      },
    };
  }

  test('is refused before anything of it is stored', async ({ onTestFinished }) => {
    const way = await cuttable(server.database.url);
    const { cut, close } = await behind(way);
    onTestFinished(close);
    await way.cut();
    const answer = await cut.ask(desk.path, { method: 'POST', token: desk.token, body: form() });
    expect(answer.status).toBe(503);
    await expectNothingLeft(0);
  });

  test.for(['while its bytes come', 'when it is to become a task'] as const)(
    'that goes away %s leaves nothing after an hour',
    async (when, { onTestFinished }) => {
      const way = await cuttable(server.database.url);
      const { cut, close } = await behind(way);
      onTestFinished(close);
      const { socket, rest } = await sendHalf(cut.port);
      const answer = collect(socket);
      const blocker = await server.pool.connect();
      if (when === 'when it is to become a task') {
        await blocker.query('begin; lock table files in share mode');
        socket.write(rest);
        while ((await storedFiles(server)).length === 0) await sleep(10);
      }
      await way.cut();
      await blocker.query('rollback');
      blocker.release();
      if (when === 'while its bytes come') socket.write(rest);
      while (!answer.text.includes('\r\n\r\n')) await sleep(10);
      expect(answer.text).toMatch(/^HTTP\/1\.1 503 /);
      socket.destroy();
      await sweep(server, 2 / 24);
      await expectNothingLeft(0);
    },
  );
});
