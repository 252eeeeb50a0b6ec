import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetDryRun } from '../../../src/store/ledger/dry-runs.ts';
import { moveTask } from '../../../src/store/tasks/tasks.ts';
import type { Task } from '../../../src/task/task.ts';
import { killArbitrary, killWorkers, workAndDie } from '../../support/crashes/worker-process.ts';
import { fileArbitrary, type OracleFile, type OracleRow, toCsv } from '../../support/data/oracle.ts';
import { type Bench, openBench } from '../../support/engine.ts';
import { runs } from '../../support/runs.ts';

/** A dry run tells of every line what the run would make of it, and leaves everything as it is. */
let bench: Bench;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});

/** The lines of each outcome, in order, whatever the chunks. */
async function ledgerOf(task: Task): Promise<unknown> {
  const { rows } = await bench.pool.query(
    `select coalesce(jsonb_agg(jsonb_build_array(line, outcome) order by line), '[]') as ledger from (
       select o.outcome, line from task_chunks c
         cross join lateral (values ('inserted', inserted), ('updated', updated), ('deleted', deleted), ('skipped', skipped)) o(outcome, ranges)
         cross join lateral string_to_table(nullif(ranges, ''), ',') range
         cross join lateral generate_series(split_part(range, '-', 1)::int, split_part(range, '-', -1)::int) line
       where c.task_id = $1
       union all select e::text, (e->>'line')::int from task_chunks c cross join lateral jsonb_array_elements(errored) e where c.task_id = $1) l`,
    [task.id],
  );
  return rows[0].ledger;
}

/** Everything of all records, the moments of their changes and the row versions included. */
async function snapshot(table: string): Promise<unknown> {
  const { rows } = await bench.pool.query(`select xmin::text, r.* from ${table} r order by organization_id, id`);
  return rows;
}

async function keysKept(task: Task): Promise<number> {
  const { rows } = await bench.pool.query('select count(*)::int as n from dry_run_keys where task_id = $1', [task.id]);
  return rows[0].n;
}

/** Where blank cells are kept, what a line of a key that came before makes of its record is not told exactly (docs/api/files.md "Values"). */
const triedArbitrary = fileArbitrary.map((file) =>
  file.how.blankCells === 'keep' ? { ...file, rows: onceEach(file.rows) } : file,
);

function onceEach(rows: readonly OracleRow[]): OracleRow[] {
  const keys = rows.map(({ serial, foreign }) => serial || `/${foreign}`);
  return rows.filter((_, index) => keys.indexOf(keys[index] as string) === index);
}

const ACTION = 'import-inventory-items';
const TABLE = 'inventory_items';

/** Before each file is imported, tries it, by `run`, and compares what it says with what then comes of it. */
async function compare(files: readonly OracleFile[], run: (task: Task) => Promise<Task>): Promise<void> {
  made += 1;
  const organization = await bench.organization(`dry-${made}`);
  for (const file of files) {
    const config = file.how;
    const before = await snapshot(TABLE);
    const tried = await run(await bench.submit(organization, ACTION, toCsv(file), { ...config, dryRun: true }));
    expect(tried.status).toBe('completed');
    expect(await snapshot(TABLE)).toEqual(before);
    const done = await bench.working(async () =>
      bench.finished(await bench.submit(organization, ACTION, toCsv(file), config)),
    );
    expect(tried.counters).toEqual(done.counters);
    expect(await ledgerOf(tried)).toEqual(await ledgerOf(done));
  }
}

test('the ledger of a dry run is that of the run, line by line, whatever the size of the chunks, and no record is touched', async () => {
  const arbitrary = fc.tuple(fc.array(triedArbitrary, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 70 }));
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([files, chunkRows]) => {
      await compare(files, (task) => bench.working(() => bench.finished(task), { chunkRows, sliceMilliseconds: 1 }));
    }),
    { numRuns: runs(30) },
  );
}, 300_000);

test('the ledger of a dry run is that of the run although its workers are killed at random', async () => {
  const arbitrary = fc.tuple(triedArbitrary, triedArbitrary, fc.integer({ min: 1, max: 12 }), killArbitrary);
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([first, second, chunkRows, kill]) => {
      await compare([first, second], async (task) => {
        await workAndDie(bench, task, chunkRows, kill);
        return bench.working(() => bench.finished(task), { chunkRows });
      });
    }),
    { numRuns: runs(5) },
  );
}, 300_000);

test('open columns whose members are set, changed and removed again come out as in the run', async () => {
  const organization = await bench.organization('open');
  const row = fc.tuple(
    fc.constantFrom('a@x.org', 'B@x.org', 'b@x.org', 'c@x.org'),
    fc.constantFrom('', 'one', 'two'),
    fc.constantFrom('', 'red'),
  );
  const file = fc.tuple(fc.array(row, { minLength: 1, maxLength: 30 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(file, fc.integer({ min: 1, max: 7 }), async ([rows, override], chunkRows) => {
      const csv = `email,metadata.a,metadata.b\n${rows.map((cells) => cells.join(',')).join('\n')}\n`;
      const run = (dryRun?: true) =>
        bench.working(
          async () =>
            bench.finished(
              await bench.submit(organization, 'import-mdm-users', csv, { override, ...(dryRun && { dryRun }) }),
            ),
          { chunkRows },
        );
      const before = await snapshot('mdm_users');
      const tried = await run(true);
      expect(await snapshot('mdm_users')).toEqual(before);
      expect(await ledgerOf(tried)).toEqual(await ledgerOf(await run()));
    }),
    { numRuns: runs(20) },
  );
}, 300_000);

test('what a dry run keeps meanwhile is removed once it is over or gone, and no sooner', async () => {
  await bench.pool.query('delete from dry_run_keys');
  const organization = await bench.organization('over');
  const csv = `basic.name,basic.type,identifiers.serialNumber\n${'Item,laptop,S1\n'.repeat(3)}`;
  const [running, cancelled, removed] = await Promise.all(
    [1, 2, 3].map(() => bench.submit(organization, ACTION, csv, { dryRun: true })),
  );
  const ids = [running, cancelled, removed].map((task) => (task as Task).id);
  await bench.pool.query(
    `insert into dry_run_keys select id, 'k' || n, '\\x00' from unnest($1::uuid[]) id, generate_series(1, 30000) n`,
    [ids],
  );
  await moveTask(bench.pool, { organizationId: organization, id: ids[1] as string, to: 'cancelled' });
  await bench.pool.query('delete from tasks where id = $1', [ids[2]]);
  const pieces: number[] = [];
  while (pieces.at(-1) !== 0) pieces.push(await forgetDryRun(bench.pool));
  expect(pieces).toEqual([20_000, 10_000, 20_000, 10_000, 0]);
  const { rows } = await bench.pool.query('select task_id, count(*)::int as keys from dry_run_keys group by 1');
  expect(rows).toEqual([{ task_id: ids[0], keys: 30_000 }]);
});

test('the workers remove it', async () => {
  const organization = await bench.organization('swept');
  const csv = 'basic.name,basic.type,identifiers.serialNumber\nItem,laptop,S1\n';
  const task = await bench.submit(organization, ACTION, csv, { dryRun: true });
  await bench.working(async () => {
    await bench.finished(task);
    await expect.poll(() => keysKept(task), { timeout: 15_000 }).toBe(0);
  });
});
