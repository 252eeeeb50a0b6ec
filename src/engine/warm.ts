import type { Work } from '../operations/work.ts';
import type { Claim } from '../store/queue/claim.ts';

/** Tasks whose work stays open between slices, so that the next one need not find its place again (in a gzip file, from the
 * start). Each holds at most a chunk that was read ahead. */
const KEPT = 4;

export interface WarmTasks {
  /** The claimed task, ready at its cursor: kept from before, or reopened. */
  take(claim: Claim): Promise<Work>;
  /** Keeps a task that was handed back; the one kept longest gives way. */
  keep(taskId: string, work: Work): Promise<void>;
  close(): Promise<void>;
}

export function openWarmTasks(prepare: (claim: Claim) => Promise<Work>): WarmTasks {
  const kept = new Map<string, Work>();

  async function drop(taskId: string | undefined): Promise<void> {
    const work = taskId === undefined ? undefined : kept.get(taskId);
    if (!work || taskId === undefined) return;
    kept.delete(taskId);
    await work.close();
  }

  return {
    async take(claim) {
      const { taskId } = claim.lease;
      const work = kept.get(taskId);
      const fits = work && claim.crashes.length === 0 && work.cursor.offset === claim.cursor?.offset;
      if (!fits) {
        await drop(taskId);
        return prepare(claim);
      }
      kept.delete(taskId);
      return work;
    },
    async keep(taskId, work) {
      kept.set(taskId, work);
      if (kept.size > KEPT) await drop(kept.keys().next().value);
    },
    async close() {
      for (const taskId of [...kept.keys()]) await drop(taskId);
    },
  };
}
