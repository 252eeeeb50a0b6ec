import { TaskError } from '../../task/errors.ts';
import { type ErroredLine, formatLines, parseLines } from '../../task/ledger.ts';
import { isUniqueViolation, type Queryable, sqlState, type Transaction } from '../connection/pool.ts';
import type { ChunkRecord } from '../ledger/chunks.ts';
import { AppliedBeforeError } from './errors.ts';

/**
 * Where a chunk's effect is in another database than its evidence, no transaction has both. So the effect is committed there together with
 * a **marker**, which holds the whole evidence, and the evidence is committed here afterwards, from the marker if whoever made the effect
 * did not live to do it.
 *
 * The marker's key, task and chunk, is the fence there: of two workers with the same chunk one waits for the other, and then finds it done.
 */
export interface Marked {
  /** Of OpenBulk's database: several can write into one database. */
  readonly engine: string;
  readonly taskId: string;
  readonly chunk: number;
}

/** The evidence of a chunk, but for its number. */
export type Evidence = Omit<ChunkRecord, 'chunk'>;

/** As it is stored: lines of one outcome as ranges. */
type StoredEvidence = Omit<Evidence, 'outcomes'> & {
  readonly inserted: string;
  readonly updated: string;
  readonly deleted: string;
  readonly skipped: string;
  readonly errored: readonly ErroredLine[];
};

/**
 * Takes a chunk for a transaction there: waits for whoever else has taken it.
 *
 * @throws AppliedBeforeError when that one has applied it; TaskError `table_changed` when the table for markers is not there any more
 */
export async function takeChunk(tx: Transaction, { engine, taskId, chunk }: Marked, token: number): Promise<void> {
  await tx.query({
    text: 'insert into openbulk.applied_chunks (engine, task_id, chunk, lease_token) values ($1, $2, $3, $4)',
    values: [engine, taskId, chunk, token],
    refused: (error) => (isUniqueViolation(error) ? new AppliedBeforeError(error) : missing(error)),
  });
}

/** Completes the marker of a chunk that was taken, with what became of it. Needs no waiting. */
export function markApplied(tx: Transaction, { taskId, chunk }: Marked, evidence: Evidence): void {
  const { outcomes, ...rest } = evidence;
  const stored: StoredEvidence = {
    ...rest,
    inserted: formatLines(outcomes.inserted),
    updated: formatLines(outcomes.updated),
    deleted: formatLines(outcomes.deleted),
    skipped: formatLines(outcomes.skipped),
    errored: outcomes.errored,
  };
  tx.send({
    text: 'update openbulk.applied_chunks set evidence = $3, applied_at = clock_timestamp() where task_id = $1 and chunk = $2',
    values: [taskId, chunk, JSON.stringify(stored)],
  });
}

/** The evidence of a chunk, if it is applied. @throws TaskError as `takeChunk` */
export async function findApplied(db: Queryable, { taskId, chunk }: Marked): Promise<Evidence | undefined> {
  const { rows } = await db
    .query<{ evidence: StoredEvidence }>(
      'select evidence from openbulk.applied_chunks where task_id = $1 and chunk = $2',
      [taskId, chunk],
    )
    .catch((error) => {
      throw missing(error);
    });
  const [row] = rows;
  if (!row) return undefined;
  const { inserted, updated, deleted, skipped, errored, ...rest } = row.evidence;
  const outcomes = {
    inserted: [...parseLines(inserted)],
    updated: [...parseLines(updated)],
    deleted: [...parseLines(deleted)],
    skipped: [...parseLines(skipped)],
    errored: [...errored],
  };
  return { ...rest, outcomes };
}

function missing(error: Error): Error {
  if (sqlState(error) !== '42P01') return error;
  return new TaskError(
    'table_changed',
    'The table openbulk.applied_chunks, which says what is applied, was removed from the other database. Lines before this one are ' +
      'applied. Apply the resource again, and submit the rest of the file as a new task.',
  );
}

/** A task that has markers, and its last one. */
export interface MarkedTask {
  readonly taskId: string;
  readonly chunk: number;
  /** Whether nothing was applied for an hour. */
  readonly old: boolean;
}

/** Tasks with markers of this engine, by their ids; as many as are good to look at together. */
export async function markedTasks(db: Queryable, engine: string, after: string): Promise<MarkedTask[]> {
  const { rows } = await db.query<MarkedTask>(
    `select task_id as "taskId", max(chunk) as chunk, max(applied_at) < clock_timestamp() - interval '1 hour' as old
     from openbulk.applied_chunks where engine = $1 and task_id > $2 group by task_id order by task_id limit 500`,
    [engine, after],
  );
  return rows;
}

/** Removes markers of tasks. @returns how many */
export async function removeMarkers(db: Queryable, engine: string, taskIds: readonly string[]): Promise<number> {
  const { rowCount } = await db.query(
    'delete from openbulk.applied_chunks where engine = $1 and task_id = any($2::uuid[])',
    [engine, taskIds],
  );
  return rowCount ?? 0;
}

/** Ends the session there of a worker that is taken for dead: its transaction, and its locks, with it. */
export async function endSessionThere(db: Queryable, name: string): Promise<void> {
  await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and usename = current_user and application_name = $1`,
    [name],
  );
}
