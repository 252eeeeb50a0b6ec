import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pool } from '../../../src/store/connection/pool.ts';
import { parseLines } from '../../../src/task/ledger.ts';
import type { Task } from '../../../src/task/task.ts';
import { killArbitrary, killWorkers, workAndDie } from '../../support/crashes/worker-process.ts';
import {
  fileArbitrary,
  type Ledger,
  type OracleFile,
  processSerially,
  type Records,
  toCsv,
} from '../../support/data/oracle.ts';
import { type Bench, openBench } from '../../support/engine.ts';
import { runs } from '../../support/runs.ts';

let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});

async function readRecords(pool: Pool, organizationId: string): Promise<Records> {
  const { rows } = await pool.query(
    `select key, basic_name as name, basic_type as type, identifiers_serial_number as serial, identifiers_foreign_id as foreign,
       purchase_pricing as price from inventory_items where organization_id = $1`,
    [organizationId],
  );
  return new Map(
    rows.map(({ key, ...record }) => [
      key,
      { ...record, price: record.price === null ? null : String(Number(record.price)) },
    ]),
  );
}

async function readLedger(pool: Pool, task: Task): Promise<Ledger> {
  const { rows } = await pool.query('select * from task_chunks where task_id = $1 order by chunk', [task.id]);
  const all = (name: string) => rows.flatMap((row) => [...parseLines(row[name])]);
  return {
    inserted: all('inserted'),
    updated: all('updated'),
    deleted: all('deleted'),
    skipped: all('skipped'),
    errored: rows.flatMap((row) => row.errored.map(({ line, code }: { line: number; code: string }) => [line, code])),
  };
}

/** Imports the files one after the other, by `run`, and compares the target and every ledger with the serial oracle. */
async function compare(files: readonly OracleFile[], run: (task: Task) => Promise<Task>): Promise<void> {
  made += 1;
  const organization = await bench.organization(`serial-${made}`);
  const records: Records = new Map();
  for (const file of files) {
    const expected = processSerially(file, records);
    const done = await run(await bench.submit(organization, 'import-inventory-items', toCsv(file), file.how));
    expect(done.status).toBe('completed');
    expect(await readLedger(bench.pool, done)).toEqual(expected);
    expect(done.counters).toEqual({
      items: Object.values(expected).flat().length,
      inserts: expected.inserted.length,
      updates: expected.updated.length,
      deletes: expected.deleted.length,
      skips: expected.skipped.length,
      errors: expected.errored.length,
    });
    expect(await readRecords(bench.pool, organization)).toEqual(records);
  }
}

test('target and ledger equal those of processing the lines one at a time, whatever the size of the chunks', async () => {
  const arbitrary = fc.tuple(fc.array(fileArbitrary, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 70 }));
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([files, chunkRows]) => {
      await compare(files, (task) => bench.working(() => bench.finished(task), { chunkRows, sliceMilliseconds: 1 }));
    }),
    { numRuns: runs(40) },
  );
}, 300_000);

test('target and ledger equal those of processing the lines one at a time, although workers are killed at random', async () => {
  const arbitrary = fc.tuple(
    fileArbitrary,
    fileArbitrary,
    fc.integer({ min: 1, max: 12 }),
    fc.array(killArbitrary, { minLength: 1, maxLength: 2 }),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([first, second, chunkRows, kills]) => {
      await compare([first, second], async (task) => {
        for (const kill of kills) await workAndDie(bench, task, chunkRows, kill);
        return bench.working(() => bench.finished(task), { chunkRows });
      });
    }),
    { numRuns: runs(8) },
  );
}, 300_000);
