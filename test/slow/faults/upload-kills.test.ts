import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect, field, file, multipart } from '../../api/organizations/submissions.ts';
import { type Command, endCommands, freePort, items, openbulk } from '../../cli/command.ts';
import { sweep } from '../../support/data/retention.ts';
import { comparison, storedFiles, unfinishedFiles } from '../../support/data/stored-files.ts';
import { type Bench, openBench } from '../../support/engine.ts';

let bench: Bench;
let serve: Command;
let port: number;
let token: string;

beforeEach(async () => {
  bench = await openBench();
  await bench.organization('demo');
  port = await freePort();
  const env = {
    DATABASE_URL: bench.database.url,
    OPENBULK_DATA: bench.dataDir,
    PORT: String(port),
    OPENBULK_WORKERS: '0',
  };
  serve = openbulk(['serve'], { env });
  await serve.says(/"ready"/);
  token = (await openbulk(['token', '--org', 'demo'], { env }).ended).stdout.trim();
});
afterEach(async () => {
  await endCommands();
  await bench.close();
});

const BODY = multipart(field('action', 'import-inventory-items'), file(items(5_000)));

function upload(body: string) {
  const socket = connect(port, '127.0.0.1');
  const head = [
    'POST /v1/organizations/demo/bulk-tasks HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Content-Type: multipart/form-data; boundary=XX',
    `Content-Length: ${BODY.length}`,
  ];
  const answer = collect(socket);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return answer;
}

/** Keeps everybody else from writing to a table. */
async function locked(table: string) {
  const client = await bench.pool.connect();
  await client.query(`begin; lock table ${table} in share mode`);
  const waiting = `select from pg_locks where not granted and relation = '${table}'::regclass`;
  return {
    async waitedFor() {
      while ((await bench.pool.query(waiting)).rowCount === 0) await sleep(20);
    },
    async free() {
      await client.query('rollback');
      client.release();
    },
  };
}

async function kill(): Promise<void> {
  serve.signalGroup('SIGKILL');
  expect((await serve.ended).signal).toBe('SIGKILL');
}

/** Two hours later the store has what the database has, and nothing else. */
async function expectSwept(files: number): Promise<void> {
  await sweep(bench, 2 / 24);
  const { stored, named } = await comparison(bench);
  expect({ stored, files: stored.length }).toEqual({ stored: named, files });
  expect(await unfinishedFiles(bench)).toEqual([]);
  expect((await bench.pool.query('select from files_to_remove')).rowCount).toBe(0);
}

test('a server killed before an upload is announced leaves nothing', async () => {
  const table = await locked('files_to_remove');
  upload(BODY);
  await table.waitedFor();
  expect([await storedFiles(bench), await unfinishedFiles(bench)]).toEqual([[], []]);
  await kill();
  await table.free();
  await expectSwept(0);
});

test('a server killed while an upload comes leaves nothing after a sweep', async () => {
  upload(BODY.slice(0, BODY.length / 2));
  while ((await unfinishedFiles(bench)).length === 0) await sleep(20);
  await kill();
  // Another process that starts meanwhile takes nothing that may be being written.
  expect(await bench.files.removeUnfinished(3_600_000)).toBe(0);
  expect(await unfinishedFiles(bench)).toHaveLength(1);
  await expectSwept(0);
});

test('a server killed between the store and the database leaves nothing after a sweep', async () => {
  const table = await locked('files');
  upload(BODY);
  await table.waitedFor();
  expect(await storedFiles(bench)).toHaveLength(1);
  await kill();
  await table.free();
  await expectSwept(0);
});

test('a server killed after its answer leaves the file of the task', async () => {
  const answer = upload(BODY);
  while (!answer.text.includes('"id"')) await sleep(20);
  await kill();
  await expectSwept(1);
});
