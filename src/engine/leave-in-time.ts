import type { Logger } from 'pino';
import type { Pool } from '../store/connection/pool.ts';
import { type Lease, releaseTask } from '../store/queue/lease.ts';

/** A stopping process is ended after 8.5 to 9.5 s, whatever it is at. */
const PATIENCE_MILLISECONDS = 8_000;

/**
 * Hands a task back whose chunk takes longer than a stop may: nothing of the chunk is written then, and nobody takes the end of
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
      log.warn({ taskId: lease.taskId }, 'a chunk takes too long for a stop; its task is handed back without it');
      releaseTask(pool, lease).catch((error: Error) => log.warn({ err: error }, 'could not hand a task back'));
    }, PATIENCE_MILLISECONDS).unref();
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return () => {
    stop.removeEventListener('abort', begin);
    clearTimeout(timer);
  };
}
