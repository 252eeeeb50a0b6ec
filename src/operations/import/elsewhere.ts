import type { Resource } from '../../resources/resource.ts';
import type { Pool, Transaction } from '../../store/connection/pool.ts';
import { type Elsewhere, NOWHERE, type OtherDatabase } from '../../store/elsewhere/databases.ts';
import { engineId } from '../../store/elsewhere/engine-id.ts';
import { makeMarkers, markersRefused } from '../../store/elsewhere/marker-table.ts';
import { type Evidence, endSessionThere, findApplied } from '../../store/elsewhere/markers.ts';
import { LAST_STATEMENT_SECONDS, LOCK_SECONDS, STATEMENT_SECONDS } from '../../store/ledger/chunks.ts';
import type { Claim } from '../../store/queue/claim.ts';
import { type Lease, sessionName } from '../../store/queue/lease.ts';
import type { CopyRows } from '../../targets/copy-rows.ts';
import type { Target, Written } from '../../targets/target.ts';
import { TaskError } from '../../task/errors.ts';
import type { TaskCursor } from '../../task/task.ts';
import type { Step, StepElsewhere, Work } from '../work.ts';

/**
 * The database of a resource's table, if that is not OpenBulk's own.
 *
 * @throws ElsewhereError when it cannot be used now
 */
export async function openThere(
  { pool, elsewhere = NOWHERE }: { readonly pool: Pool; readonly elsewhere?: Elsewhere | undefined },
  { adopted }: Resource,
  { lapsed, lease }: Claim,
): Promise<StepElsewhere | undefined> {
  if (adopted?.connection === undefined) return undefined;
  const database = elsewhere.get(adopted.connection);
  // What the worker before this one has begun there need not be waited for.
  if (lapsed) await database.read((there) => endSessionThere(there, sessionName({ ...lease, token: lease.token - 1 })));
  return { database, engine: await engineId(pool) };
}

/** Makes the table for markers, where it is not there. @throws TaskError `table_unfit` when the role may not */
export async function requireMarkers(database: OtherDatabase): Promise<void> {
  const needed = await database.read(makeMarkers);
  if (needed.length > 0) throw new TaskError('table_unfit', markersRefused(database.name, needed));
}

/**
 * Work that begins with the chunks that are applied in another database and not recorded here, since whoever applied them did not live to do
 * it. What became of their lines, and where the next chunk begins, their markers say: so it does not matter how large a chunk would be now.
 *
 * @param open the rest of the work, from a cursor on; told what the task has been told
 */
export function afterApplied(
  { database, engine }: StepElsewhere,
  { lease, chunks, cursor, warnings }: Pick<Claim, 'lease' | 'chunks' | 'warnings'> & { readonly cursor: TaskCursor },
  open: (cursor: TaskCursor, told: readonly string[]) => Work,
): Work {
  let work: Work | undefined;
  let chunk = chunks;
  let position = cursor;
  const told = [...warnings];
  return {
    get cursor() {
      return work?.cursor ?? position;
    },
    async next(size) {
      const marked = { engine, taskId: lease.taskId, chunk };
      const applied = work ? undefined : await database.read((there) => findApplied(there, marked));
      if (applied) {
        chunk += 1;
        position = applied.cursor;
        told.push(...(applied.warnings ?? []));
        return recorded(applied);
      }
      work ??= open(position, told);
      return work.next(size);
    },
    readAhead: (size) => work?.readAhead?.(size),
    async rest() {
      await work?.rest?.();
    },
    async close() {
      await work?.close();
    },
  };
}

/** A step whose effect is there already. */
function recorded(evidence: Evidence): Step {
  return {
    ...(evidence.lastLine > 0 && { lines: { first: evidence.start.line, last: evidence.lastLine } }),
    alone: true,
    apply: async () => ({ ...evidence, effectElsewhere: true }),
  };
}

/** Writes lines in another database, and takes them back. */
export function tryOutThere(
  database: OtherDatabase,
  lease: Lease,
  target: Target,
): (tx: Transaction, rows: CopyRows, busy: () => void) => Promise<Written> {
  return (_, rows, busy) => {
    const seconds = rows.length > 1 ? STATEMENT_SECONDS : LAST_STATEMENT_SECONDS;
    return database.transact({ name: sessionName(lease), seconds, lockSeconds: LOCK_SECONDS }, async (there) => {
      const written = await target.write(there, rows, busy);
      await there.query('rollback');
      return written;
    });
  };
}
