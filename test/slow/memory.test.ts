import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId, toHex24 } from '../../src/task/ids.ts';
import { type Command, endCommands, freePort, openbulk } from '../cli/command.ts';
import { type Bench, openBench } from '../support/engine.ts';

/** A server that does nothing has 143 MB. The reports of 40 readers made it 538, and the lists of 60 1,000; now 269 and 302. */
const MAX_MIB = 350;
/** `/livez` came 7.6 s late. Twenty times what it takes, since tests share the machine. */
const MAX_LATE = 3_000;

let bench: Bench;
let organizationId: string;
let token: string;

beforeAll(async () => {
  bench = await openBench();
  organizationId = await bench.organization('demo');
  const minted = await openbulk(['token', '--org', 'demo'], { env: environment() }).ended;
  token = minted.stdout.trim();
}, 120_000);
afterAll(async () => {
  await endCommands();
  await bench.close();
});

function environment(): Record<string, string> {
  return { DATABASE_URL: bench.database.url, OPENBULK_DATA: bench.dataDir };
}

interface Served {
  readonly url: string;
  /** MiB that it had at most. */
  peak(): Promise<number>;
  /** What `/livez` took at most, ms, until this is called. */
  latest(): Promise<number>;
}

async function serve(): Promise<Served> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...environment(), PORT: String(port), OPENBULK_WORKERS: '0', OPENBULK_LOG: 'error' };
  const { child } = openbulk(['serve'], { env });
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await sleep(100);
  let most = 0;
  let asking = true;
  const asked = (async () => {
    for (; asking; await sleep(50)) {
      const start = performance.now();
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      most = Math.max(most, performance.now() - start);
    }
  })();
  return {
    url,
    peak: () => peakMiB(child),
    async latest() {
      asking = false;
      await asked;
      return most;
    },
  };
}

async function peakMiB({ pid }: Command['child']): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Reads an answer until it has given so many bytes, and then no more of it. */
async function read(url: string, most: number): Promise<{ readonly bytes: number; readonly request: ClientRequest }> {
  const request = get(url, { agent: false, headers: { authorization: `Bearer ${token}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes < most) return;
      response.pause();
      resolve();
    });
    response.once('end', resolve).once('error', reject);
  });
  return { bytes, request };
}

const LINES = 40_000;

/** An import with errors on all its lines, and an export of 30 MB. @returns the ids of both */
async function largeTasks(): Promise<{ imported: string; exported: string }> {
  const lines = Array.from({ length: LINES }, (_, i) => `,laptop,E${i},${'x'.repeat(100)}\n`);
  const header = 'basic.name,basic.type,identifiers.serialNumber,basic.description\n';
  const submitted = await bench.submit(organizationId, 'import-inventory-items', header + lines.join(''));
  const { id: imported, counters } = await bench.working(() => bench.finished(submitted, 60_000));
  expect(counters.errors).toBe(LINES);
  const stored = await bench.files.put(
    (async function* () {
      for (let i = 0; i < 30; i += 1) yield Buffer.alloc(1024 * 1024, 'x');
    })(),
  );
  const [fileId, exported] = [newId(), newId()];
  await bench.pool.query(
    `insert into files (id, organization_id, key, original_name, mimetype, size, sha256) values ($1, $2, $3, 'x.csv', 'text/csv', $4, $5)`,
    [fileId, organizationId, stored.key, stored.size, stored.sha256],
  );
  await bench.pool.query(
    `insert into tasks (id, organization_id, operation, action, origin, config, created_by, status, result_file_id, finished_at)
     values ($1, $2, 'export', 'export-devices', 'task-v2', '{"format":"csv"}', '{"id":"00000000-0000-8000-8000-000000000000"}',
       'completed', $3, clock_timestamp())`,
    [exported, organizationId, fileId],
  );
  return { imported, exported };
}

test('40 large downloads in every format at once, half of them stalled, take little memory', async () => {
  const { imported, exported } = await largeTasks();
  const served = await serve();
  const report = `${served.url}/v1/organizations/demo/bulk-tasks/${toHex24(imported)}/report?format=`;
  const download = `${served.url}/v2/task/download/${exported}`;
  const urls = [`${report}csv`, `${report}ndjson`, `${report}json`, download];
  const stalled = await Promise.all(Array.from({ length: 20 }, (_, i) => read(urls[i % 4] as string, 1)));
  const whole = await Promise.all(Array.from({ length: 20 }, (_, i) => read(urls[i % 4] as string, 3_000_000)));
  for (const { bytes } of whole) expect(bytes).toBeGreaterThanOrEqual(3_000_000);
  const [peak, late] = [await served.peak(), await served.latest()];
  for (const { request } of [...stalled, ...whole]) request.destroy();
  expect(peak).toBeLessThan(MAX_MIB);
  expect(late).toBeLessThan(MAX_LATE);
}, 180_000);

/** Tasks with 1,000 lines of both kinds to show each: 140 KB. */
async function tasksWithLines(count: number): Promise<void> {
  await bench.pool.query(
    `with made as (insert into tasks (id, organization_id, operation, action, origin, config, created_by, status, items, skips, errors, chunks, finished_at)
       select gen_random_uuid(), $1, 'import', 'import-inventory-items', 'organizations', '{"override":false}',
         '{"id":"00000000-0000-8000-8000-000000000000"}', 'completed', 5000, 1000, 4000, 1, clock_timestamp()
       from generate_series(1, $2) returning id)
     insert into task_chunks (task_id, chunk, start_offset, start_line, last_line, items, inserts, updates, skips, errors,
       inserted, updated, skipped, errored)
     select id, 0, 0, 2, 5001, 5000, 0, 0, 1000, 4000, '', '', '2-1001',
       (select jsonb_agg(jsonb_build_object('line', n, 'code', 'missing', 'column', 'basic.name', 'reason', 'basic.name is missing; the column Name is empty here'))
        from generate_series(1002, 5001) n) from made`,
    [organizationId, count],
  );
}

test('60 lists of 14 MB at once, half of them stalled, take little memory', async () => {
  await tasksWithLines(110);
  const served = await serve();
  const list = `${served.url}/v1/organizations/demo/bulk-tasks?limit=1000`;
  const stalled = await Promise.all(Array.from({ length: 30 }, () => read(list, 1)));
  const whole = await Promise.all(Array.from({ length: 30 }, () => read(list, 4_000_000)));
  for (const { bytes } of whole) expect(bytes).toBeGreaterThanOrEqual(4_000_000);
  const [peak, late] = [await served.peak(), await served.latest()];
  for (const { request } of [...stalled, ...whole]) request.destroy();
  expect(peak).toBeLessThan(MAX_MIB);
  expect(late).toBeLessThan(MAX_LATE);
}, 180_000);

test('eight pages of 100 documents of 1 MB at once, half of them stalled, take little memory', async () => {
  await bench.pool.query(
    `insert into identities (id, organization_id, object_id, document)
     select gen_random_uuid(), $1, 'o' || n, jsonb_build_object('object_id', 'o' || n, 'x', repeat('y', 1000000))
     from generate_series(1, 100) n`,
    [organizationId],
  );
  const served = await serve();
  const list = `${served.url}/v1/organizations/demo/identities?limit=1000`;
  const stalled = await Promise.all(Array.from({ length: 4 }, () => read(list, 1)));
  const whole = await Promise.all(Array.from({ length: 4 }, () => read(list, 20_000_000)));
  for (const { bytes } of whole) expect(bytes).toBeGreaterThanOrEqual(20_000_000);
  const [peak, late] = [await served.peak(), await served.latest()];
  for (const { request } of [...stalled, ...whole]) request.destroy();
  expect(peak).toBeLessThan(MAX_MIB);
  expect(late).toBeLessThan(MAX_LATE);
}, 180_000);
