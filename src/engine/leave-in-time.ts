import type { Logger } from 'pino';
import type { Pool } from '../store/connection/pool.ts';
import { type Lease, releaseTask } from '../store/queue/lease.ts';

/** A stopping process is ended after 8.5 to 9.5 s, whatever it is at. */
const PATIENCE_MILLISECONDS = 8_000;

/**
 * Releases a task whose chunk takes longer than a stop allows: the chunk is then not written, and the end of
 * this process for a crash.
 *
 * @returns forgets about it
 */
export function leaveInTime(
  { pool, stop, log }: { readonly pool: Pool; readonly stop: AbortSignal; readonly log: Logger },
  lease: Lease,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    timer = setTimeout(() => {
      log.warn({ taskId: lease.taskId }, 'a chunk takes too long to stop in time; its task is released without it');
      releaseTask(pool, lease).catch((error: Error) => log.warn({ err: error }, 'could not release a task'));
    }, PATIENCE_MILLISECONDS).unref();
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return () => {
    stop.removeEventListener('abort', begin);
    clearTimeout(timer);
  };
}
