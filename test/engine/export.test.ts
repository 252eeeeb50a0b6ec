import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StoreFullError } from '../../src/files/file-store.ts';
import { removeUselessParts } from '../../src/operations/export/parts.ts';
import { cancelTask } from '../../src/service/control/cancel-task.ts';
import { type ExportRequest, submitExport } from '../../src/service/submit/submit-export.ts';
import { newId } from '../../src/task/ids.ts';
import { exportFormats, type Task } from '../../src/task/task.ts';
import { failAt } from '../support/crashes/fail-at.ts';
import { expireLeases, killWorkers, startWorker } from '../support/crashes/worker-process.ts';
import { generated } from '../support/data/generated.ts';
import { anyone, asked, type Bench, openBench, somebody } from '../support/engine.ts';
import { places } from '../support/runs.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterEach(() => killWorkers(bench));
afterAll(() => bench.close());

async function exporting(organizationId: string, request: ExportRequest): Promise<Task> {
  const order = { organizationId, origin: 'task-v2', createdBy: somebody, asker: anyone };
  return (await submitExport(bench, order, request, (task) => task)).answered;
}

async function written({ result }: Task): Promise<string> {
  const { key, size } = result as NonNullable<Task['result']>;
  return (await buffer(bench.files.source(key, size).open())).toString('utf8');
}

/** Exports to the end in this process. */
async function exported(organizationId: string, request: ExportRequest, chunkRows = 5_000): Promise<string> {
  const task = await exporting(organizationId, request);
  const done = await bench.working(() => bench.finished(task), { chunkRows });
  expect(done).toMatchObject({ status: 'completed' });
  return written(done);
}

async function imported(organizationId: string, action: string, content: string): Promise<Task> {
  const task = await bench.submit(organizationId, action, content);
  const done = await bench.working(() => bench.finished(task));
  expect(done).toMatchObject({ status: 'completed', counters: { errors: 0 } });
  return done;
}

/** Keys in the file store that neither `files` nor `task_parts` knows, and the other way around. */
async function strayFiles(): Promise<{ unknown: string[]; missing: string[] }> {
  const names = await readdir(join(bench.dataDir, 'files'), { recursive: true });
  const stored = names.filter((name) => /[0-9a-f]{24}$/.test(name));
  const { rows } = await bench.pool.query('select key from files union select key from task_parts');
  const known: string[] = rows.map(({ key }) => key);
  return {
    unknown: stored.filter((name) => !known.includes(name)),
    missing: known.filter((key) => !stored.includes(key)),
  };
}

async function partCount(): Promise<number> {
  return (await bench.pool.query('select count(*) as n from task_parts')).rows[0].n;
}

describe('a CSV export', () => {
  test('of an importable resource is imported elsewhere as it is, and gives the same bytes there', async () => {
    const there = await bench.organization('there');
    const content = [
      'email,name,tags,language,metadata.note,metadata.Ünïcode name',
      'a@example.com,"=1+1",one|two,en,"a ""quoted"", text",x',
      'B@example.com,"line\nbreak","+3|@x",,"carriage\rreturn",-1',
      "c@example.com,'apostrophe,,de,,",
      'd@example.com,"; | \t inside",,,,"😀"',
    ].join('\n');
    await imported(there, 'import-mdm-users', content);
    const bytes = await exported(there, { resource: 'mdm-users', format: 'csv' });
    const table = parse(bytes) as string[][];
    expect(table[0]).toEqual([
      'email',
      'name',
      'managedAppleId',
      'tags',
      'language',
      'metadata.note',
      'metadata.Ünïcode name',
    ]);
    expect(table[1]).toEqual(['a@example.com', '=1+1', '', 'one|two', 'en', 'a "quoted", text', 'x']);
    expect(table[2]).toEqual(['B@example.com', 'line\nbreak', '', '+3|@x', '', 'carriage\rreturn', '-1']);
    const elsewhere = await bench.organization('elsewhere');
    const again = await imported(elsewhere, 'import-mdm-users', bytes);
    expect(again).toMatchObject({ counters: { items: 4, inserts: 4 }, warnings: [] });
    expect(await exported(elsewhere, { resource: 'mdm-users', format: 'csv' })).toBe(bytes);
  });

  test('of every resource that can be imported round-trips, with every type of column', async () => {
    const [there, elsewhere] = [await bench.organization('items-1'), await bench.organization('items-2')];
    await imported(
      there,
      'import-inventory-items',
      'basic.name,basic.type,identifiers.serialNumber,purchase.orderDate,purchase.pricing,seats.total,network.ipAddress,network.macAddress\n' +
        'A,laptop,S1,2024-02-29,-0012.500,7,2001:DB8::1,001A2B3C4D5E\nB,x,S2,0099-01-02,999999999999999.123456,0,,\n',
    );
    const items = await exported(there, { resource: 'inventory-items', format: 'csv' });
    await imported(elsewhere, 'import-inventory-items', items);
    expect(await exported(elsewhere, { resource: 'inventory-items', format: 'csv' })).toBe(items);
    expect(items).toContain('999999999999999.123456');

    await imported(
      there,
      'import-devices',
      'mac,vlan,firstSeen\n00:1a:2b:3c:4d:5e,30,2026-01-31T09:00:00.25+02:00\n00:1a:2b:3c:4d:5f,,\n',
    );
    await bench.pool.query(`update devices set action = 'block', action_until = '2027-01-01Z' where vlan = 30`);
    const devices = await exported(there, { resource: 'devices', format: 'csv' });
    const [header, first] = parse(devices) as string[][];
    expect(header?.slice(-3)).toEqual(['action', 'actionReason', 'actionUntil']);
    expect(first?.slice(-5)).toEqual(['2026-01-31T07:00:00.250Z', '', 'block', '', '2027-01-01T00:00:00.000Z']);
    await imported(elsewhere, 'import-devices', devices);
    const again = parse(await exported(elsewhere, { resource: 'devices', format: 'csv' })) as string[][];
    // What only bulk actions set does not come with it.
    expect(again[1]).toEqual([...(first?.slice(0, -3) ?? []), '', '', '']);
  });

  test('of nothing is its header; the other formats are empty in their own ways', async () => {
    const nobody = await bench.organization('nobody');
    expect(await exported(nobody, { resource: 'identities', format: 'csv' })).toBe('object_id,pulse_id,document\r\n');
    expect(await exported(nobody, { resource: 'identities', format: 'ndjson' })).toBe('');
    expect(await exported(nobody, { resource: 'identities', format: 'json' })).toBe('[]\n');
  });

  test('that would need more columns than a table has fails, and says what to do', async () => {
    const organizationId = await bench.organization('many-names');
    await bench.pool.query(
      `insert into mdm_users (id, organization_id, key, email, metadata)
       select $1, $2, 'k', 'k@example.com', jsonb_object_agg('n' || n, 'x') from generate_series(1, 10001) n`,
      [newId(), organizationId],
    );
    const task = await exporting(organizationId, { resource: 'mdm-users', format: 'csv' });
    const failed = await bench.working(() => bench.finished(task));
    expect(failed.error).toEqual({
      code: 'header_too_large',
      message: expect.stringMatching(/more than 10000 names of metadata\.\*.*Export them as NDJSON or JSON/s),
    });
  });
});

describe('an export', () => {
  test('writes nested objects as NDJSON and as JSON, documents as they are', async () => {
    const organizationId = await bench.organization('objects');
    await imported(
      organizationId,
      'import-inventory-items',
      'basic.name,basic.type,identifiers.serialNumber,purchase.pricing\nA,laptop,S1,12.50\nB,laptop,S2,\n',
    );
    const lines = (await exported(organizationId, { resource: 'inventory-items', format: 'ndjson' })).trimEnd();
    const [first, second] = lines.split('\n').map((line) => JSON.parse(line));
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      basic: { name: 'A', type: 'laptop' },
      identifiers: { serialNumber: 'S1' },
      purchase: { pricing: 12.5 },
      createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      updatedAt: expect.any(String),
    });
    const json = await exported(organizationId, { resource: 'inventory-items', format: 'json' });
    expect(JSON.parse(json)).toEqual([first, second]);
    await bench.pool.query(
      `insert into identities (id, organization_id, object_id, document) values ($1, $2, 'o1', '{"a":{"b":[1,null]}}')`,
      [newId(), organizationId],
    );
    expect(JSON.parse(await exported(organizationId, { resource: 'identities', format: 'json' }))).toMatchObject([
      { object_id: 'o1', document: { a: { b: [1, null] } } },
    ]);
    expect(await exported(organizationId, { resource: 'identities', format: 'csv' })).toBe(
      'object_id,pulse_id,document\r\no1,,"{""a"":{""b"":[1,null]}}"\r\n',
    );
  });

  test('has the records that its criteria matches, counts them first, and none of another organization', async () => {
    const [organizationId, other] = [await bench.organization('matching'), await bench.organization('other')];
    const rows = Array.from({ length: 25 }, (_, i) => `N${i},${i % 5 === 0 ? 'monitor' : 'laptop'},S${i}`);
    const content = `basic.name,basic.type,identifiers.serialNumber\n${rows.join('\n')}\n`;
    await imported(organizationId, 'import-inventory-items', content);
    await imported(other, 'import-inventory-items', content);
    const criteria = { field: 'basic.type', op: 'eq', value: 'monitor' };
    const task = await exporting(organizationId, { resource: 'inventory-items', format: 'ndjson', criteria });
    const done = await bench.working(() => bench.finished(task), { chunkRows: 2 });
    expect(done).toMatchObject({ progress: { done: 5, total: 5 }, counters: { items: 0 } });
    const names = (await written(done))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).basic.name);
    expect(names).toEqual(['N0', 'N5', 'N10', 'N15', 'N20']);
  });

  test('gives the same bytes in whatever parts it is written, and leaves no part', async () => {
    const organizationId = await bench.organization('parts');
    const rows = Array.from({ length: 30 }, (_, i) => `N${i},laptop,S${i}`);
    await imported(
      organizationId,
      'import-inventory-items',
      `basic.name,basic.type,identifiers.serialNumber\n${rows.join('\n')}\n`,
    );
    for (const format of exportFormats) {
      const whole = await exported(organizationId, { resource: 'inventory-items', format });
      for (const chunkRows of [1, 7, 10, 30, 31]) {
        const cut = await exported(organizationId, { resource: 'inventory-items', format }, chunkRows);
        expect([format, chunkRows, cut === whole]).toEqual([format, chunkRows, true]);
      }
    }
    await removeUselessParts(bench);
    expect([await partCount(), await strayFiles()]).toEqual([0, { unknown: [], missing: [] }]);
  });

  test('does not have what came after it was begun, so that it ends', async () => {
    const organizationId = await bench.organization('growing');
    const insert = (n: number) =>
      bench.pool.query(`insert into devices (id, organization_id, key, mac) values ($1, $2, $3, $3)`, [
        newId(),
        organizationId,
        `00:00:00:00:00:${n}`,
      ]);
    for (let n = 10; n < 40; n += 1) await insert(n);
    const task = await exporting(organizationId, { resource: 'devices', format: 'ndjson' });
    const done = await bench.working(
      async () => {
        while ((await partCount()) === 0) await sleep(2);
        await insert(99);
        return bench.finished(task);
      },
      { chunkRows: 1 },
    );
    expect(done.progress).toEqual({ done: 30, total: 30 });
  });

  test('waits while the file store is full, however often it is', { timeout: 90_000 }, async () => {
    const organizationId = await bench.organization('full');
    const { put } = bench.files;
    let refused = 0;
    const refuse: typeof put = async (bytes, key) => {
      refused += 1;
      if (refused <= 3) throw new StoreFullError('full');
      return put(bytes, key);
    };
    Object.assign(bench.files, { put: refuse });
    const task = await exporting(organizationId, { resource: 'devices', format: 'csv' });
    const done = await bench.working(() => bench.finished(task, 60_000));
    Object.assign(bench.files, { put });
    expect([done.status, refused]).toEqual(['completed', 4]);
  });

  test('is put together beside what others have done', async () => {
    const [owner, other] = [await bench.organization('put-together'), await bench.organization('meanwhile')];
    const { put } = bench.files;
    const meanwhile = Promise.withResolvers<void>();
    const slowly: typeof put = async (bytes, key) => {
      await meanwhile.promise;
      return put(bytes, key);
    };
    const content = 'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n';
    await bench.working(async () => {
      const task = await exporting(owner, { resource: 'devices', format: 'csv' });
      Object.assign(bench.files, { put: slowly });
      while ((await partCount()) === 0) await sleep(5);
      Object.assign(bench.files, { put });
      const small = await bench.finished(await bench.submit(other, 'import-inventory-items', content));
      expect(small).toMatchObject({ status: 'completed', counters: { inserts: 1 } });
      meanwhile.resolve();
      expect(await bench.finished(task)).toMatchObject({ status: 'completed' });
    });
  });

  test('that is cancelled halfway leaves no part', async () => {
    const organizationId = await bench.organization('cancelled');
    const rows = Array.from({ length: 300 }, (_, i) => `N${i},laptop,S${i}`);
    await imported(
      organizationId,
      'import-inventory-items',
      `basic.name,basic.type,identifiers.serialNumber\n${rows.join('\n')}\n`,
    );
    const task = await exporting(organizationId, { resource: 'inventory-items', format: 'csv' });
    await bench.working(
      async () => {
        while ((await partCount()) === 0) await sleep(2);
        await cancelTask(bench, asked(task), somebody);
      },
      { chunkRows: 1 },
    );
    await removeUselessParts(bench);
    expect([await partCount(), await strayFiles()]).toEqual([0, { unknown: [], missing: [] }]);
  });
});

describe('an export of 20,000 records is the same, and leaves nothing behind, although its worker is killed', () => {
  const ENV = { OPENBULK_CHUNK_ROWS: '1500', OPENBULK_SLICE_MS: '100' };
  let organizationId: string;
  const expected = new Map<string, string>();

  beforeAll(async () => {
    organizationId = await bench.organization('crashes');
    await bench.working(async () =>
      bench.finished(await bench.submit(organizationId, 'import-inventory-items', generated(21_500).csv)),
    );
    const { rows } = await bench.pool.query('select count(*) as n from inventory_items where organization_id = $1', [
      organizationId,
    ]);
    expect(rows[0].n).toBeGreaterThanOrEqual(20_000);
    for (const format of exportFormats) {
      expected.set(format, await exported(organizationId, { resource: 'inventory-items', format }));
    }
  }, 120_000);

  test.for(
    places(
      ['before-commit=kill@4', 'after-commit=kill@4', 'before-finish=kill', 'after-finish=kill'].flatMap((failpoint) =>
        exportFormats.map((format) => [failpoint, format] as const),
      ),
    ),
  )('at %s, as %s', { timeout: 120_000 }, async ([failpoint, format]) => {
    const task = await exporting(organizationId, { resource: 'inventory-items', format });
    const doomed = startWorker(bench, { ...ENV, ...failAt(failpoint) });
    expect((await doomed.exited()).signal).toBe('SIGKILL');
    await expireLeases(bench);
    const second = startWorker(bench, ENV);
    const done = await bench.finished(task, 60_000);
    expect(done).toMatchObject({ status: 'completed' });
    expect((await written(done)) === expected.get(format)).toBe(true);
    // It clears up behind itself: first the files of parts, then what is known of them.
    second.kill('SIGTERM');
    await second.exited();
    // What the killed worker wrote for nothing made room at once; its key is kept, in case it only hung.
    const { rows } = await bench.pool.query('select key from task_parts where size is null');
    expect((await strayFiles()).missing.sort()).toEqual(rows.map(({ key }) => key).sort());
    // What nobody finished is left alone for an hour.
    await bench.pool.query(`update task_parts set created_at = created_at - interval '61 minutes'`);
    await removeUselessParts(bench);
    expect([await partCount(), await strayFiles()]).toEqual([0, { unknown: [], missing: [] }]);
  });
});
