import type { FileStore } from '../../files/file-store.ts';
import type { Pool } from '../../store/connection/pool.ts';
import { forgetParts, unfinishedParts, uselessParts } from '../../store/files/parts.ts';

interface PartContext {
  readonly pool: Pool;
  readonly files: FileStore;
}

/**
 * Frees the room of what a worker before wrote and the task never got. The keys stay written down: that worker may only have
 * hung, and go on writing.
 */
export async function clearDrafts({ pool, files }: PartContext, taskId: string): Promise<void> {
  for (const key of await unfinishedParts(pool, taskId)) await files.remove(key);
}

/** Removes those of one's own files that the task never got. */
export async function discardDrafts(
  { pool, files }: PartContext,
  taskId: string,
  own: readonly string[],
): Promise<void> {
  const keys = await unfinishedParts(pool, taskId, own);
  for (const key of keys) await files.remove(key);
  await forgetParts(pool, keys);
}

/** Deletes the parts of ended exports. Safe to run in any number of processes at once. */
export async function removeUselessParts({ pool, files }: PartContext): Promise<void> {
  for (let keys = await uselessParts(pool); keys.length > 0; keys = await uselessParts(pool)) {
    for (const key of keys) await files.remove(key);
    await forgetParts(pool, keys);
  }
}
