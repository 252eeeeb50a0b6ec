import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SliceEnd } from '../../src/engine/meter.ts';
import type { SliceTracer, SliceWork, TracedSlice } from '../../src/engine/tracer.ts';
import { submitExport } from '../../src/service/submit/submit-export.ts';
import type { Task } from '../../src/task/task.ts';
import { anyone, type Bench, openBench, somebody } from '../support/engine.ts';

/** What a worker tells of each slice when it ends. */
interface Ended extends TracedSlice {
  readonly end: SliceEnd;
  readonly work: SliceWork;
  readonly error?: string | undefined;
}

const HEADER = 'basic.name,basic.type,identifiers.serialNumber\n';
let bench: Bench;
let organization: string;
let slices: Ended[];
let open: number;

const tracer: SliceTracer = {
  begin(slice) {
    open += 1;
    return {
      end(end, work, error) {
        open -= 1;
        slices.push({ ...slice, end, work, error });
      },
    };
  },
};

beforeAll(async () => {
  bench = await openBench();
  organization = await bench.organization('traced');
});
beforeEach(() => {
  slices = [];
  open = 0;
});
afterAll(() => bench.close());

async function worked(task: Task): Promise<Task> {
  const done = await bench.working(() => bench.finished(task), { chunkRows: 10, tracer });
  expect(open).toBe(0);
  return done;
}

function imported(content: string): Promise<Task> {
  return bench.submit(organization, 'import-inventory-items', content).then(worked);
}

test('a slice tells the sums of its chunks, and goes on with the trace of its task', async () => {
  const rows = Array.from({ length: 25 }, (_, i) => `Item ${i},laptop,S${i}\n`).join('');
  const task = await bench.submit(organization, 'import-inventory-items', `${HEADER}${rows},laptop,none\n`);
  const parent = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
  await bench.pool.query('update tasks set trace_context = $2 where id = $1', [task.id, parent]);
  await worked(task);
  expect(slices).toMatchObject([
    {
      ...{ taskId: task.id, action: 'import-inventory-items', activity: 'import', number: 1, parent, end: 'completed' },
      work: { chunks: 3, rows: { inserted: 25, updated: 0, deleted: 0, skipped: 0, errored: 1 } },
    },
  ]);
  const [{ work, error } = {} as Ended] = slices;
  expect(error).toBeUndefined();
  expect(work.seconds.prepare).toBeGreaterThan(0);
  expect(work.seconds.apply).toBeGreaterThan(0);
});

test('the slice of an export ends with its file, which is put together beside the turns', async () => {
  const order = { organizationId: organization, origin: 'task-v2', createdBy: somebody, asker: anyone };
  const request = { resource: 'inventory-items', format: 'csv' } as const;
  const { answered } = await submitExport(bench, order, request, (task) => task);
  await worked(answered);
  expect(slices.at(-1)).toMatchObject({ activity: 'export', end: 'completed' });
  expect(slices.flatMap(({ work }) => work.rows.exported ?? [])).toEqual([25]);
  expect(slices.every((slice) => !('parent' in slice))).toBe(true);
});

test('a task that fails is told by the code of its error, and an error of the database by its own', async () => {
  await imported('nothing,known\n1,2\n');
  expect(slices).toMatchObject([{ end: 'failed', error: 'missing_column' }]);
  slices = [];
  await bench.pool.query(
    `create function fall() returns trigger language plpgsql as $$ begin raise exception 'fallen'; end $$;
     create trigger fall after insert on inventory_items for each statement execute function fall()`,
  );
  try {
    await imported(`${HEADER}A,b,falls\n`);
  } finally {
    await bench.pool.query('drop trigger fall on inventory_items; drop function fall');
  }
  expect(slices.at(0)).toMatchObject({ end: 'crashed', error: 'P0001' });
  expect(slices.at(-1)).toMatchObject({ end: 'failed', error: 'poisonous_line' });
  expect(slices.map(({ number }) => number)).toEqual(slices.map((_, i) => i + 1));
});

test('a task that is cancelled ends its slice as lost, which is no error', async () => {
  const task = await bench.submit(organization, 'import-inventory-items', `${HEADER}C,d,lost\n`);
  // Between the claim and the end of the chunk.
  await bench.pool.query(
    `create function cancel() returns trigger language plpgsql as $$
     begin
       new.lease_token := new.lease_token + 1;
       return new;
     end $$;
     create trigger cancel before update of status on tasks for each row when (new.status = 'running') execute function cancel()`,
  );
  try {
    await bench.working(() => expect.poll(() => slices.length, { timeout: 20_000 }).toBeGreaterThan(0), { tracer });
  } finally {
    await bench.pool.query('drop trigger cancel on tasks; drop function cancel');
  }
  expect(slices[0]).toMatchObject({ taskId: task.id, end: 'lost', error: undefined });
});
