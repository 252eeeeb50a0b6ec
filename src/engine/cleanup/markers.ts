import type { Pool } from '../../store/connection/pool.ts';
import type { OtherDatabase } from '../../store/elsewhere/databases.ts';
import { engineId } from '../../store/elsewhere/engine-id.ts';
import { findMissingMarkers } from '../../store/elsewhere/marker-table.ts';
import { findApplied, markedTasks, removeMarkers } from '../../store/elsewhere/markers.ts';
import { recordLate } from '../../store/ledger/chunks.ts';
import { endsOf } from '../../store/tasks/ends.ts';
import type { SweepContext } from './context.ts';

/** What the clean-up of markers takes. */
export type MarkersContext = Pick<SweepContext, 'pool' | 'elsewhere' | 'log' | 'now' | 'stop'>;

/**
 * Removes the markers of tasks that ended an hour ago, in every other database that can be reached: until then a worker that hangs may still be
 * about to commit a chunk, and must find that it is done. Before, what such a task has applied and nobody has recorded is recorded: its worker
 * died between the two commits, and then the task was cancelled or failed.
 *
 * @returns how many were removed
 */
export async function removeOldMarkers({ elsewhere, ...context }: MarkersContext): Promise<number> {
  let removed = 0;
  for (const name of elsewhere?.names ?? []) {
    try {
      removed += await removeThere(context, elsewhere?.get(name) as OtherDatabase);
    } catch (error) {
      context.log.warn({ err: error, connection: name }, 'could not remove old markers; trying again');
    }
  }
  return removed;
}

const NIL = '00000000-0000-0000-0000-000000000000';

async function removeThere({ pool, now, stop }: Omit<MarkersContext, 'elsewhere'>, database: OtherDatabase) {
  if (await database.read(findMissingMarkers)) return 0;
  const engine = await engineId(pool);
  let removed = 0;
  for (let after = NIL; !stop.aborted; ) {
    const marked = await database.read((there) => markedTasks(there, engine, after));
    if (marked.length === 0) break;
    after = marked.at(-1)?.taskId as string;
    const ids = marked.map(({ taskId }) => taskId);
    const lives = new Map((await endsOf(pool, ids, now)).map((task) => [task.id, task]));
    for (const { taskId, chunk } of marked) {
      const { ended = false, chunks = 0 } = lives.get(taskId) ?? {};
      if (ended && chunk >= chunks) await recordRest({ pool, database, engine }, taskId, chunks);
    }
    const useless = marked.filter(({ taskId, old }) => lives.get(taskId)?.longAgo ?? old);
    const removing = useless.map(({ taskId }) => taskId);
    removed += await database.read((there) => removeMarkers(there, engine, removing));
  }
  return removed;
}

interface Recording {
  readonly pool: Pool;
  readonly database: OtherDatabase;
  readonly engine: string;
}

/** Records what is applied of a task that has ended, from a chunk on. */
async function recordRest({ pool, database, engine }: Recording, taskId: string, from: number): Promise<void> {
  for (let chunk = from; ; chunk += 1) {
    const evidence = await database.read((there) => findApplied(there, { engine, taskId, chunk }));
    if (!evidence || !(await recordLate(pool, taskId, { ...evidence, chunk }))) return;
  }
}
