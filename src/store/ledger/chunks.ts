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
import type { Queryable, Transaction } from '../connection/pool.ts';
import { literal, raw, type Sql, sql, statement } from '../connection/sql.ts';
import type { Wire } from '../connection/wire.ts';
import { asLost, fence, LEASE_SECONDS, type Lease, orRefuse } from '../queue/lease.ts';
import { TERMINAL } from '../tasks/statuses.ts';
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
  /** Its effect is in another database, for good: the commit of its evidence waits for the disk. */
  readonly effectElsewhere?: true;
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
export const LOCK_SECONDS = 4;
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
 * Keeps a task as it is until the end of the transaction, if its lease holds and this is its next chunk: nobody stops it, or takes it over,
 * while the effect of the chunk is committed in another database.
 *
 * @throws LeaseLostError
 */
export async function holdChunk(tx: Transaction, { taskId, token }: Lease, chunk: number): Promise<void> {
  await tx.query({ ...HOLD({ taskId, token, chunk }), refused: asLost });
}

const HOLD = statement<Record<'taskId' | 'token' | 'chunk', unknown>>(
  ($) => sql`
  with held as (select id from tasks where ${fence($, sourcesOf('completed'))} and chunks = ${$.chunk} for update)
  select ${orRefuse(sql`(select id::text from held)`)}`,
);

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
  if (record.done || record.effectElsewhere) tx.send('set local synchronous_commit to default');
  const values = {
    ...evidenceOf(lease.taskId, record),
    token: lease.token,
    done: record.done,
    leaseSeconds: LEASE_SECONDS,
    resultFileId: record.resultFileId ?? null,
  } satisfies ChunkValues;
  tx.send({ ...RECORD_CHUNK(values), refused: asLost });
}

function evidenceOf(taskId: string, record: ChunkRecord): EvidenceValues {
  const { outcomes, start } = record;
  const counters = count(outcomes);
  return {
    taskId,
    ...counters,
    chunk: record.chunk,
    cursor: record.cursor,
    progress: record.progress,
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
  };
}

type EvidenceValues = Record<
  | keyof Counters
  | ('taskId' | 'chunk' | 'cursor' | 'progress')
  | ('startLine' | 'startOffset' | 'lastLine' | Outcome | 'causes' | 'suspectKeys' | 'warnings'),
  unknown
>;
type ChunkValues = EvidenceValues & Record<'token' | 'leaseSeconds' | 'done' | 'resultFileId', unknown>;
type EvidenceParameters = Readonly<Record<keyof EvidenceValues, unknown>>;

/** What a chunk adds to its task. */
const adding = ($: EvidenceParameters): Sql =>
  sql`items = items + ${$.items}, inserts = inserts + ${$.inserts}, updates = updates + ${$.updates},
      deletes = deletes + ${$.deletes}, skips = skips + ${$.skips}, errors = errors + ${$.errors},
      chunks = ${$.chunk}::integer + 1, cursor = ${$.cursor}, progress = greatest(progress, ${$.progress}),
      warnings = warnings || ${$.warnings}::jsonb, version = version + 1, updated_at = clock_timestamp()`;

/** Its row in the ledger, of the task that `fenced` has. */
const writing = ($: EvidenceParameters): Sql =>
  sql`insert into task_chunks (task_id, chunk, start_line, last_line, items, inserts, updates, deletes, skips, errors,
      inserted, updated, deleted, skipped, errored, start_offset, causes, suspect_keys)
    select id, ${$.chunk}, ${$.startLine}, ${$.lastLine}, ${$.items}, ${$.inserts}, ${$.updates}, ${$.deletes}, ${$.skips}, ${$.errors},
      ${$.inserted}, ${$.updated}, ${$.deleted}, ${$.skipped}, ${$.errored}, ${$.startOffset}, ${$.causes}, ${$.suspectKeys}
    from fenced where ${$.items} > 0`;

// A task can be completed where a chunk of it can be recorded.
const RECORD_CHUNK = statement<ChunkValues>(
  ($) => sql`
  with fenced as (
    update tasks set ${adding($)},
      status = case when ${$.done} then 'completed' else status end, result_file_id = ${$.resultFileId},
      finished_at = case when ${$.done} then clock_timestamp() end,
      status_changed_at = case when ${$.done} then clock_timestamp() else status_changed_at end,
      lease_until = case when ${$.done} then null else clock_timestamp() + make_interval(secs => ${$.leaseSeconds}) end
    where ${fence($, sourcesOf('completed'))} and chunks = ${$.chunk} returning id
  ), ledger as (${writing($)})
  select ${orRefuse(sql`(select pg_notify(${literal(TASK_CHANNEL)}, id::text)::text from fenced)`)}`,
);

/**
 * Writes the evidence of a chunk whose task was ended by others after the effect was committed in another database, and before anybody could
 * write this: the counters and the ledger then tell of it all the same. Nothing else of the task changes.
 *
 * @returns whether it was the task's next chunk, and the task has its lines still
 */
export async function recordLate(db: Queryable, taskId: string, record: ChunkRecord): Promise<boolean> {
  const { rows } = await db.query<{ recorded: boolean }>(RECORD_LATE(evidenceOf(taskId, record)));
  return rows[0]?.recorded === true;
}

const RECORD_LATE = statement<EvidenceValues>(
  ($) => sql`
  with fenced as (
    update tasks set ${adding($)}
    where id = ${$.taskId} and ${raw(TERMINAL)} and historized_at is null and chunks = ${$.chunk} returning id
  ), ledger as (${writing($)})
  select exists (select from fenced) as recorded, (select pg_notify(${literal(TASK_CHANNEL)}, id::text) from fenced)`,
);
