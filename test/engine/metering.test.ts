import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { watchContact } from '../../src/engine/contact.ts';
import type { Activity, WorkEvent } from '../../src/engine/meter.ts';
import { submitExport } from '../../src/service/submit/submit-export.ts';
import type { ImportConfig, Task } from '../../src/task/task.ts';
import { anyone, type Bench, openBench, somebody } from '../support/engine.ts';

/** What a worker tells its meter. */
let bench: Bench;
let organization: string;
let events: WorkEvent[];
const CHUNK_ROWS = 10;

beforeAll(async () => {
  bench = await openBench();
  organization = await bench.organization('metered');
});
beforeEach(() => {
  events = [];
});
afterAll(() => bench.close());

function csv(rows: number, edition = ''): string {
  const lines = Array.from({ length: rows }, (_, i) => `Item ${i}${edition},laptop,S${i}\n`);
  return `basic.name,basic.type,identifiers.serialNumber\n${lines.join('')}`;
}

async function worked(task: Task): Promise<Task> {
  const meter = (event: WorkEvent) => void events.push(event);
  return bench.working(() => bench.finished(task), { chunkRows: CHUNK_ROWS, meter });
}

async function imported(content: string, config: Partial<ImportConfig> = {}): Promise<Task> {
  return worked(await bench.submit(organization, 'import-inventory-items', content, config));
}

function told<What extends WorkEvent['what']>(what: What): Extract<WorkEvent, { what: What }>[] {
  return events.filter((event): event is Extract<WorkEvent, { what: What }> => event.what === what);
}

/** The rows of all chunks of an activity, by outcome. */
function rowsOf(activity: Activity): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const chunk of told('chunk')) {
    expect(chunk.activity).toBe(activity);
    for (const [outcome, rows] of Object.entries(chunk.rows)) sums[outcome] = (sums[outcome] ?? 0) + rows;
  }
  return sums;
}

test('a dry run, an import and another one of the same file are told chunk by chunk, with what became of their rows', async () => {
  const content = `${csv(95)},laptop,none\n`;
  const dry = await imported(content, { dryRun: true });
  expect(dry).toMatchObject({ status: 'completed' });
  expect(rowsOf('dry_run')).toEqual({ inserted: 95, updated: 0, deleted: 0, skipped: 0, errored: 1 });
  events = [];
  await imported(content);
  expect(rowsOf('import')).toEqual({ inserted: 95, updated: 0, deleted: 0, skipped: 0, errored: 1 });
  expect(told('chunk')).toHaveLength(10);
  expect(told('slice')).toContainEqual({ what: 'slice', activity: 'import', end: 'completed' });
  expect(told('turn').length).toBeGreaterThan(0);
  for (const { seconds } of told('chunk')) {
    const { prepare, apply, commit } = seconds;
    for (const each of [prepare, apply, commit]) expect(each).toBeGreaterThanOrEqual(0);
    expect(prepare).toBeGreaterThan(0);
    expect(apply).toBeGreaterThan(0);
  }
  events = [];
  await imported(csv(95, ' anew'), { override: true });
  expect(rowsOf('import')).toEqual({ inserted: 0, updated: 95, deleted: 0, skipped: 0, errored: 0 });
});

test('the rows of an export are exported, and the slice ends with the file, which is put together beside the turns', async () => {
  const order = { organizationId: organization, origin: 'task-v2', createdBy: somebody, asker: anyone };
  const request = { resource: 'inventory-items', format: 'csv' } as const;
  const { answered } = await submitExport(bench, order, request, (task) => task);
  expect(await worked(answered)).toMatchObject({ status: 'completed' });
  expect(rowsOf('export')).toEqual({ exported: 95 });
  expect(told('slice').at(-1)).toEqual({ what: 'slice', activity: 'export', end: 'completed' });
});

test('a task that fails is told as one, and no crash', async () => {
  expect(await imported('nothing,known\n1,2\n')).toMatchObject({ status: 'failed' });
  expect(told('slice')).toEqual([{ what: 'slice', activity: 'import', end: 'failed' }]);
  expect(told('crash')).toEqual([]);
});

test('a chunk that meets another transaction is told for each time it is done anew', async () => {
  await bench.pool.query(
    `create sequence meetings;
     create function meet() returns trigger language plpgsql as $$
     begin
       if nextval('meetings') <= 2 then raise exception 'met' using errcode = '40001'; end if;
       return null;
     end $$;
     create trigger meet after insert on inventory_items for each statement execute function meet()`,
  );
  try {
    expect(await imported('basic.name,basic.type,identifiers.serialNumber\nA,b,conflict\n')).toMatchObject({
      counters: { inserts: 1 },
    });
  } finally {
    await bench.pool.query('drop trigger meet on inventory_items; drop function meet; drop sequence meetings');
  }
  expect(told('conflict')).toEqual(Array(2).fill({ what: 'conflict', activity: 'import' }));
  expect(told('chunk')).toHaveLength(1);
  expect(told('crash')).toEqual([]);
});

test('a task of a worker that is gone, and an error that nothing but its rows explains, are told as crashes', async () => {
  const task = await bench.submit(organization, 'import-inventory-items', csv(1), { override: true });
  await bench.pool.query(
    `update tasks set lease_token = 1, lease_holder = 'gone', lease_until = '-infinity' where id = $1`,
    [task.id],
  );
  expect(await worked(task)).toMatchObject({ status: 'completed' });
  expect(told('crash')).toEqual([{ what: 'crash', cause: 'worker_lost' }]);
  events = [];
  await bench.pool.query(
    `create function fall() returns trigger language plpgsql as $$ begin raise exception 'fallen'; end $$;
     create trigger fall after insert on inventory_items for each statement execute function fall()`,
  );
  try {
    const content = 'basic.name,basic.type,identifiers.serialNumber\nA,b,falls\n';
    expect(await imported(content)).toMatchObject({ status: 'failed', error: { code: 'poisonous_line' } });
  } finally {
    await bench.pool.query('drop trigger fall on inventory_items; drop function fall');
  }
  const crashes = told('crash');
  expect(crashes.length).toBeGreaterThanOrEqual(3);
  expect(new Set(crashes.map(({ cause }) => cause))).toEqual(new Set(['error']));
  expect(told('slice').map(({ end }) => end)).toEqual([...crashes.map(() => 'crashed'), 'failed']);
});

test('an outage is told once, however many errors it has, and no other error is one', () => {
  let outages = 0;
  const { note, steadySeconds } = watchContact(() => {
    outages += 1;
  });
  note(new Error('something else'));
  expect([outages, steadySeconds()]).toEqual([0, undefined]);
  const gone = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  for (let i = 0; i < 3; i += 1) note(gone);
  expect(outages).toBe(1);
  expect(steadySeconds()).toBeLessThan(30);
});
