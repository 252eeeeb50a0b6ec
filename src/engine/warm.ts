import type { Claim } from '../store/leases.ts';
import type { Prepared } from './prepare.ts';

/** Tasks whose input stays open between slices, so that the next one need not find its place again (in a gzip file, from the
 * start). Each holds at most a chunk that was read ahead. */
const KEPT = 4;

export interface WarmTasks {
  /** The claimed task, ready at its cursor: as it was kept, or opened anew. */
  take(claim: Claim): Promise<Prepared>;
  /** Keeps a task that was handed back; the one kept longest gives way. */
  keep(taskId: string, prepared: Prepared): Promise<void>;
  close(): Promise<void>;
}

export function openWarmTasks(prepare: (claim: Claim) => Promise<Prepared>): WarmTasks {
  const kept = new Map<string, Prepared>();

  async function drop(taskId: string | undefined): Promise<void> {
    const prepared = taskId === undefined ? undefined : kept.get(taskId);
    if (!prepared || taskId === undefined) return;
    kept.delete(taskId);
    await prepared.chunks.close();
  }

  return {
    async take(claim) {
      const { taskId } = claim.lease;
      const prepared = kept.get(taskId);
      const fits = prepared && !claim.crash && prepared.chunks.cursor.offset === claim.cursor?.offset;
      if (!fits) {
        await drop(taskId);
        return prepare(claim);
      }
      kept.delete(taskId);
      return prepared;
    },
    async keep(taskId, prepared) {
      kept.set(taskId, prepared);
      if (kept.size > KEPT) await drop(kept.keys().next().value);
    },
    async close() {
      for (const taskId of [...kept.keys()]) await drop(taskId);
    },
  };
}
