import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteWithRelated } from '../../../src/service/control/delete-related.ts';
import { deleteTask } from '../../../src/service/control/delete-task.ts';
import { withIntake } from '../../../src/service/submit/intake.ts';
import { submitFixes } from '../../../src/service/submit/submit-fixes.ts';
import { submitRun } from '../../../src/service/submit/submit-run.ts';
import { submitStored } from '../../../src/service/submit/submit-stored.ts';
import { inTransaction } from '../../../src/store/connection/pool.ts';
import { purge } from '../../../src/store/platform/retention.ts';
import { anyone, asked, type Bench, openBench, somebody } from '../../support/engine.ts';

/** Whatever takes a task and its file locks the task first (`lockFilesOf`), and what meets others all the same is done anew. */
let bench: Bench;
let organizationId: string;

beforeAll(async () => {
  bench = await openBench();
  organizationId = await bench.organization('locks');
});
afterAll(() => bench.close());

/** A dry run that is over, with a line to correct. */
async function checkedFile() {
  const csv = 'basic.name,basic.type,identifiers.serialNumber\nOne,laptop,S1\n,laptop,S2\n';
  const task = await bench.submit(organizationId, 'import-inventory-items', csv, { dryRun: true });
  return bench.working(() => bench.finished(task));
}
type Checked = Awaited<ReturnType<typeof checkedFile>>;

const by = { origin: 'organizations', createdBy: somebody };
const stored = (file: string) =>
  submitStored(
    bench,
    {
      ...{ ...by, operation: 'import', organizationId, action: 'import-inventory-items', asker: anyone },
      config: { override: false },
    },
    file,
    (task) => task,
  );

/** What takes a task, its file, or both. */
const operations: Record<string, (task: Checked) => Promise<unknown>> = {
  'organizations deletes': (task) => deleteTask(bench, asked(task)),
  'task-v2 deletes with all': (task) => deleteWithRelated(bench, asked(task), { force: true }),
  'task-v2 imports its file': (task) => stored(task.id),
  'task-v2 imports the file by its key': (task) => stored(task.file?.key as string),
  'a dry run is run': (task) =>
    withIntake(bench, organizationId, (intake) => submitRun({ ...bench, intake }, asked(task), by, ({ id }) => id)),
  'a line is corrected': (task) =>
    withIntake(bench, organizationId, (intake) => {
      const rows = [{ line: 3, cells: ['Two', 'laptop', 'S2'] }];
      return submitFixes({ ...bench, intake }, asked(task), by, { rows }, ({ id }) => id);
    }),
  'retention purges': (task) => purge(bench.pool, [task.id]),
};
const names = Object.keys(operations);
const run = (name: string, task: Checked) => (operations[name] as (typeof operations)[string])(task);

test.each(names.filter((name) => !['a line is corrected', 'task-v2 imports the file by its key'].includes(name)))(
  '%s: holds the task when it waits for its file',
  async (name) => {
    const task = await checkedFile();
    const holder = new pg.Client(bench.database.url);
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from files where id = $1 for update', [task.file?.id]);
    const done = run(name, task);
    const other = new pg.Client(bench.database.url);
    await other.connect();
    try {
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await other.query(waiting)).rowCount === 0) await sleep(5);
      await expect(other.query('select from tasks where id = $1 for update nowait', [task.id])).rejects.toMatchObject({
        code: '55P03',
      });
    } finally {
      await holder.query('rollback');
      await done;
      await holder.end();
      await other.end();
    }
  },
);

const pairs = names.flatMap((one, index) => names.slice(index).map((other) => [one, other] as const));

test.each(pairs)('%s while %s: each is done or refused', async (one, other) => {
  const task = await checkedFile();
  // What came too late is told so; anything else is a fault.
  const refusals = ['not_found', 'conflict', 'invalid', 'related_entities'];
  for (const result of await Promise.allSettled([run(one, task), run(other, task)])) {
    if (result.status === 'rejected') expect(refusals, String(result.reason)).toContain(result.reason.code);
  }
});

test('a transaction that meets others is done anew', async () => {
  const [first, second] = [await checkedFile(), await checkedFile()];
  let tries = 0;
  const lock = (order: readonly Checked[], met: PromiseWithResolvers<void>, both: Promise<unknown>) =>
    inTransaction(bench.pool, async (tx) => {
      tries += 1;
      await tx.query('select from tasks where id = $1 for update', [order[0]?.id]);
      met.resolve();
      await both;
      await tx.query('select from tasks where id = $1 for update', [order[1]?.id]);
    });
  const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const both = Promise.all(met.map(({ promise }) => promise));
  await Promise.all([lock([first, second], met[0], both), lock([second, first], met[1], both)]);
  // PostgreSQL may end both.
  expect(tries).toBeGreaterThanOrEqual(3);
});
