import pg from 'pg';
import { parseJson } from '../../task/json/exact-json.ts';
import type { Pool } from './connections.ts';
import { Wire } from './wire.ts';

export { openPool, type Pool, type PoolOptions, type Purpose } from './connections.ts';
export type { Queryable } from './wire.ts';

// Counters and sizes are bigint; all of ours stay below 2^53, where a number is exact.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// A calendar date is not a moment: left as YYYY-MM-DD, whatever the time zone of the process.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
for (const type of [pg.types.builtins.JSON, pg.types.builtins.JSONB]) pg.types.setTypeParser(type, parseJson);
// JavaScript reads most moments itself, in a third of the driver's time: 0.3 of 1 µs, five times in each task.
const PLAIN_MOMENT = /^[1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?$/;
const readMoment = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) =>
  PLAIN_MOMENT.test(text) ? new Date(text) : readMoment(text),
);

/** A session on which a transaction is open. */
export type Transaction = Wire;

/** Selected by a statement, has its transaction's commit not wait for the disk: a crash of the database may take it back. */
export const NOT_WAITING = `set_config('synchronous_commit', 'off', true)`;

/** How often a transaction is tried that meets others each time. */
const TRIES = 5;

/**
 * Runs `work` in a transaction of its own session: commits what it did, or nothing when it throws. Where it met another transaction
 * (`isConflict`), it is retried, so `work` must only use the database.
 */
export async function inTransaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await withSession(pool, (session) => transact(new Wire(session), work));
    } catch (error) {
      if (tries === TRIES || !isConflict(error)) throw error;
    }
  }
}

/** Runs `work` in a transaction on a session at hand. */
async function transact<T>(session: Wire, work: (tx: Transaction) => Promise<T>): Promise<T> {
  session.send('begin');
  try {
    const result = await work(session);
    await commit(session);
    return result;
  } catch (error) {
    await session.rollback();
    throw error;
  }
}

/** Runs `work` in a transaction each of whose statements may take so long, ms, and is undone when it takes longer: `isTimeout`. */
export async function withinTime<T>(
  pool: Pool,
  milliseconds: number,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (tx) => {
    await tx.query(`set local statement_timeout = ${milliseconds}`);
    return work(tx);
  });
}

/** Commits what was sent. @throws the error of what failed of it */
export async function commit(tx: Transaction): Promise<void> {
  const { tag } = await tx.query('commit');
  // A transaction in which an unawaited statement failed.
  if (tag !== 'COMMIT') throw new Error(`The transaction could not be committed: ${tag}.`);
}

/** Lends `work` a session. One that broke is not used again. */
export async function withSession<T>(pool: Pool, work: (session: pg.PoolClient) => Promise<T>): Promise<T> {
  return lend(pool, work, isOutage);
}

/**
 * Lends `work` a session that has a name in `pg_stat_activity` meanwhile, by which it can be found and ended. One on which something
 * failed is not used again.
 */
export async function withNamedSession<T>(pool: Pool, name: string, work: (session: Wire) => Promise<T>): Promise<T> {
  const named = async (session: pg.PoolClient) => {
    const wire = new Wire(session);
    // Whatever follows comes after it: that needs no waiting.
    wire.send({ text: "select set_config('application_name', $1, false)", values: [name] });
    wire.answered();
    const result = await work(wire);
    await wire.query('reset application_name');
    return result;
  };
  return lend(pool, named, () => true);
}

async function lend<T>(
  pool: Pool,
  work: (session: pg.PoolClient) => Promise<T>,
  breaks: (error: unknown) => boolean,
): Promise<T> {
  const session = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  session.on('error', onError);
  try {
    return await work(session);
  } catch (error) {
    if (breaks(error)) broken ??= error as Error;
    throw error;
  } finally {
    session.removeListener('error', onError);
    session.release(broken);
  }
}

/** Another transaction came in between, which no lock showed: SQLSTATE 40001, as if PostgreSQL had said so. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  readonly code = '40001';
}

/** Whether the transaction met another one (deadlock, serialization failure) and can simply be tried again. */
export function isConflict(error: unknown): boolean {
  return codeOf(error) === '40P01' || codeOf(error) === '40001';
}

/** Whether a table or a column that a statement names is not there, since it was removed meanwhile. */
export function isGone(error: unknown): boolean {
  return codeOf(error) === '42P01' || codeOf(error) === '42703';
}

/** Whether something cannot be removed since something else needs it (SQLSTATE 2BP01). */
export function isReferredTo(error: unknown): boolean {
  return codeOf(error) === '2BP01';
}

/** Whether a record with the same key is there already. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505';
}

/** Whether a record would be larger than a row of a table can be, or something else within it (program limits). */
export function isTooLarge(error: unknown): boolean {
  return codeOf(error) === '54000';
}

/** Whether a statement took longer than it may, or waited so long for a lock: told by the server, in whose hands it was. */
export function isTimeout(error: unknown): boolean {
  return codeOf(error) === '57014' || codeOf(error) === '55P03';
}

/** Whether a lock was another's for longer than a statement waits for one. */
export function isLocked(error: unknown): boolean {
  return codeOf(error) === '55P03';
}

// SQLSTATE classes and codes (PostgreSQL manual, appendix A): connection, insufficient resources, operator intervention,
// system error, idle-in-transaction timeout.
const OUTAGE =
  /^(08...|53...|57P..|58...|25P03|ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EIO|ENOSPC|EMFILE)$/;

/** Whether a part that should be there (database, network, disk) failed for now, through no fault of the data. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return OUTAGE.test(code);
  return (
    error instanceof Error &&
    /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed)/.test(
      error.message,
    )
  );
}

/** The SQLSTATE of an error, or the code that Node gives it. */
export function sqlState(error: unknown): string | undefined {
  return codeOf(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
