import {
  type ChunkOutcomes,
  type Counters,
  causesOf,
  count,
  type ErroredLine,
  formatLines,
  type Outcome,
} from '../../task/ledger.ts';
import { sourcesOf } from '../../task/lifecycle.ts';
import type { TaskCursor } from '../../task/task.ts';
import type { Transaction } from '../connection/pool.ts';
import { literal, sql, statement } from '../connection/sql.ts';
import type { Wire } from '../connection/wire.ts';
import { asLost, fence, LEASE_SECONDS, type Lease, orRefuse } from '../queue/lease.ts';
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

/** How long a chunk's statement waits for locks of another transaction: less than for its own work, to distinguish the two. */
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
  const counters = count(outcomes);
  const values = {
    taskId: lease.taskId,
    token: lease.token,
    ...counters,
    chunk: record.chunk,
    cursor: record.cursor,
    progress: record.progress,
    done: record.done,
    leaseSeconds: LEASE_SECONDS,
    resultFileId: record.resultFileId ?? null,
    startLine: start.line,
    startOffset: start.offset,
    lastLine: record.lastLine,
    inserted: formatLines(outcomes.inserted),
    updated: formatLines(outcomes.updated),
    deleted: formatLines(outcomes.deleted),
    skipped: formatLines(outcomes.skipped),
    errored: JSON.stringify(outcomes.errored satisfies ErroredLine[]),
    causes: counters.errors === 0 ? null : JSON.stringify(causesOf(outcomes.errored)),
    suspectKeys: record.suspectKeys?.length ? JSON.stringify(record.suspectKeys) : null,
    warnings: JSON.stringify(record.warnings ?? []),
  } satisfies ChunkValues;
  tx.send({ ...RECORD_CHUNK(values), refused: asLost });
}

type ChunkValues = Record<
  | keyof Counters
  | ('taskId' | 'token' | 'leaseSeconds' | 'chunk' | 'cursor' | 'progress' | 'done' | 'resultFileId')
  | ('startLine' | 'startOffset' | 'lastLine' | Outcome | 'causes' | 'suspectKeys' | 'warnings'),
  unknown
>;

// A task can be completed where a chunk of it can be recorded.
const RECORD_CHUNK = statement<ChunkValues>(
  ($) => sql`
  with fenced as (
    update tasks set items = items + ${$.items}, inserts = inserts + ${$.inserts}, updates = updates + ${$.updates},
      deletes = deletes + ${$.deletes}, skips = skips + ${$.skips}, errors = errors + ${$.errors},
      chunks = ${$.chunk}::integer + 1, cursor = ${$.cursor}, progress = greatest(progress, ${$.progress}),
      status = case when ${$.done} then 'completed' else status end, result_file_id = ${$.resultFileId},
      finished_at = case when ${$.done} then clock_timestamp() end,
      status_changed_at = case when ${$.done} then clock_timestamp() else status_changed_at end,
      lease_until = case when ${$.done} then null else clock_timestamp() + make_interval(secs => ${$.leaseSeconds}) end,
      warnings = warnings || ${$.warnings}::jsonb, version = version + 1, updated_at = clock_timestamp()
    where ${fence($, sourcesOf('completed'))} and chunks = ${$.chunk} returning id
  ), ledger as (
    insert into task_chunks (task_id, chunk, start_line, last_line, items, inserts, updates, deletes, skips, errors,
      inserted, updated, deleted, skipped, errored, start_offset, causes, suspect_keys)
    select id, ${$.chunk}, ${$.startLine}, ${$.lastLine}, ${$.items}, ${$.inserts}, ${$.updates}, ${$.deletes}, ${$.skips}, ${$.errors},
      ${$.inserted}, ${$.updated}, ${$.deleted}, ${$.skipped}, ${$.errored}, ${$.startOffset}, ${$.causes}, ${$.suspectKeys}
    from fenced where ${$.items} > 0
  )
  select ${orRefuse(sql`(select pg_notify(${literal(TASK_CHANNEL)}, id::text)::text from fenced)`)}`,
);
