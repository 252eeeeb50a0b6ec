import { pino } from 'pino';
import { type Cleanup, runSweep } from '../../../src/engine/cleanup/sweep.ts';
import type { FileStore } from '../../../src/files/file-store.ts';
import { newId } from '../../../src/task/ids.ts';
import type { TaskStatus } from '../../../src/task/lifecycle.ts';
import type { Bench } from '../engine.ts';
import { storedFiles } from './stored-files.ts';

const DAY = 86_400_000;

/** So many days from now. */
export function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY);
}

/** Runs a sweep as if so many days had gone by; results are kept for 30 days, summaries for 30 more. */
export async function sweep(
  bench: Bench,
  days: number,
  files: FileStore = bench.files,
): Promise<{ done: Partial<Record<Cleanup, number>>; logged: { level: number }[] }> {
  const logged: { level: number }[] = [];
  const done = await runSweep({
    pool: bench.pool,
    files,
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    retention: { results: 30, summary: 30 },
    now: inDays(days),
    stop: new AbortController().signal,
  });
  return { done, logged };
}

/** Empties the database and the file store. */
export async function clear(bench: Bench): Promise<void> {
  await bench.pool.query('delete from organizations; delete from files_to_remove');
  for (const key of await storedFiles(bench)) await bench.files.remove(key);
}

/** A file in the store and the database. @returns its id and its key */
export async function storeFile(bench: Bench, organizationId: string): Promise<{ id: string; key: string }> {
  const stored = await bench.files.put(
    (async function* () {
      yield Buffer.from('x');
    })(),
  );
  const id = newId();
  await bench.pool.query(
    `insert into files (id, organization_id, key, original_name, mimetype, size, sha256) values ($1, $2, $3, 'x.csv', 'text/csv', $4, $5)`,
    [id, organizationId, stored.key, stored.size, stored.sha256],
  );
  return { id, key: stored.key };
}

/** A task as it stands long after, with a line of its ledger. @returns its id */
export async function storeTask(
  bench: Bench,
  organizationId: string,
  task: { status?: TaskStatus; origin?: string; fileId?: string; resultFileId?: string } = {},
): Promise<string> {
  const id = newId();
  const { status = 'completed', origin = 'organizations', fileId = null, resultFileId = null } = task;
  await bench.pool.query(
    `insert into tasks (id, organization_id, operation, action, origin, config, created_by, status, file_id, result_file_id, finished_at)
     values ($1, $2, 'import', 'import-inventory-items', $3, '{"override":false}', '{"id":"00000000-0000-8000-8000-000000000000"}',
       $4, $5, $6, case when $4 in ('completed', 'failed', 'cancelled') then clock_timestamp() end)`,
    [id, organizationId, origin, status, fileId, resultFileId],
  );
  await bench.pool.query(
    `insert into task_chunks (task_id, chunk, start_offset, start_line, last_line, items, inserts, updates, skips, errors,
       inserted, updated, skipped, errored) values ($1, 0, 0, 2, 2, 1, 1, 0, 0, 0, '2', '', '', '[]')`,
    [id],
  );
  return id;
}

/** Ids of the tasks of each kind that an organization has. */
export async function standing(
  bench: Bench,
  organizationId: string,
): Promise<{ whole: string[]; summaries: string[] }> {
  const { rows } = await bench.pool.query(
    `select id, purged_at, historized_at, exists (select from task_chunks where task_id = id) as lines from tasks
     where organization_id = $1 order by id`,
    [organizationId],
  );
  const whole = rows.filter((row) => row.lines && !row.purged_at && !row.historized_at);
  const summaries = rows.filter((row) => !row.lines && row.purged_at && row.historized_at);
  if (whole.length + summaries.length !== rows.length)
    throw new Error('There is a task that is neither whole nor a summary.');
  return { whole: whole.map(({ id }) => id), summaries: summaries.map(({ id }) => id) };
}
