import { type ChunkOutcomes, causesOf, count, type ErroredLine, formatLines } from '../../task/ledger.ts';
import type { TaskCursor } from '../../task/task.ts';
import { prepared, type Transaction } from '../connection/pool.ts';
import type { Wire } from '../connection/wire.ts';
import { asLost, FENCE, LEASE_SECONDS, type Lease, orRefuse } from '../queue/leases.ts';
import { TASK_CHANNEL } from '../tasks/tasks.ts';
import type { SuspectKey } from './suspect-keys.ts';

/** What one chunk's transaction writes beside the records. */
export interface ChunkRecord {
  readonly chunk: number;
  readonly outcomes: ChunkOutcomes;
  /** Where in the input the chunk starts. */
  readonly start: TaskCursor;
  /** Line of its last record; 0 when it has none. */
  readonly lastLine: number;
  /** Where the chunk after it starts. */
  readonly cursor: TaskCursor;
  /** `Progress.done`. */
  readonly progress: number;
  /** There is no more to do: the task is completed in the same transaction. */
  readonly done: boolean;
  /** What the submitter should know of the chunk; the task keeps it. */
  readonly warnings?: readonly string[];
  /** The id of the file that the task made; with `done`. */
  readonly resultFileId?: string;
  /** Keys of its lines that cannot be right. */
  readonly suspectKeys?: readonly SuspectKey[];
}

/**
 * What holds for a chunk's transaction.
 *
 * - Its commit does not wait for the disk: should the database crash within the next moments the chunk may be gone, effect and
 *   evidence, with every later one, and is done anew from the cursor that is then there. Only the end of a task must wait.
 * - Records are found by their keys. The planner knows nothing of a table that was just filled, and takes a chunk for a large part
 *   of it: reading all of 300,000 records for each chunk made an import four times slower, and comparing each row with all 50,000 of
 *   a new organization a hundred times.
 */
const SETTINGS = { synchronous_commit: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off', enable_material: 'off' };

/** How long a chunk's statement waits for what another transaction has in its hands: less than for its own work, to tell them apart. */
const LOCK_SECONDS = 4;
/** How long a statement of a chunk may take, and of one with a single record. */
export const STATEMENT_SECONDS = 5;
export const LAST_STATEMENT_SECONDS = 10;

/**
 * Begins a chunk's transaction: needs no waiting.
 *
 * @param seconds that each of its statements may take
 */
export function beginChunk(session: Wire, seconds: number = STATEMENT_SECONDS): void {
  session.send('begin');
  const settings = { ...SETTINGS, statement_timeout: `${seconds}s`, lock_timeout: `${LOCK_SECONDS}s` };
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  session.send(`select ${set.join(', ')}`);
}

/**
 * Writes the evidence of a chunk in the transaction that made its effect: ledger row, counters, cursor, and the end of the
 * task if it is the last. The fence is checked here, after the records, on the row whose change commits with them.
 *
 * It also holds that the chunk before is there, and that the task has begun, so that nobody need wait for their answers: of chunks
 * that are sent one behind the other each is done only if those before it are.
 *
 * Needs no waiting: where the lease does not hold the statement is refused, and the commit behind it finds nothing to commit.
 */
export function recordChunk(tx: Transaction, lease: Lease, record: ChunkRecord): void {
  if (record.done) tx.send('set local synchronous_commit to default');
  const { outcomes, start } = record;
  const { items, inserts, updates, skips, errors } = count(outcomes);
  const values = [
    lease.taskId,
    lease.token,
    items,
    inserts,
    updates,
    skips,
    errors,
    record.chunk,
    record.cursor,
    record.progress,
    record.done,
    LEASE_SECONDS,
    record.resultFileId ?? null,
    start.line,
    record.lastLine,
    formatLines(outcomes.inserted),
    formatLines(outcomes.updated),
    formatLines(outcomes.skipped),
    JSON.stringify(outcomes.errored satisfies ErroredLine[]),
    start.offset,
    errors === 0 ? null : JSON.stringify(causesOf(outcomes.errored)),
    record.suspectKeys?.length ? JSON.stringify(record.suspectKeys) : null,
    JSON.stringify(record.warnings ?? []),
  ];
  tx.send({ ...prepared(RECORD_CHUNK, values), refused: asLost });
}

const RECORD_CHUNK = `
  with fenced as (
    update tasks set items = items + $3, inserts = inserts + $4, updates = updates + $5, skips = skips + $6, errors = errors + $7,
      chunks = $8::integer + 1, cursor = $9, progress = greatest(progress, $10),
      status = case when $11 then 'completed' else status end, result_file_id = $13,
      finished_at = case when $11 then clock_timestamp() end,
      status_changed_at = case when $11 then clock_timestamp() else status_changed_at end,
      lease_until = case when $11 then null else clock_timestamp() + make_interval(secs => $12) end,
      warnings = warnings || $23::jsonb, version = version + 1, updated_at = clock_timestamp()
    where ${FENCE} and status = 'running' and chunks = $8 returning id
  ), ledger as (
    insert into task_chunks (task_id, chunk, start_line, last_line, items, inserts, updates, skips, errors,
      inserted, updated, skipped, errored, start_offset, causes, suspect_keys)
    select id, $8, $14, $15, $3, $4, $5, $6, $7, $16, $17, $18, $19, $20, $21, $22 from fenced where $3 > 0
  )
  select ${orRefuse(`(select pg_notify('${TASK_CHANNEL}', id::text)::text from fenced)`)}`;
