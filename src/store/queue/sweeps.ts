import type { Pool } from '../connection/pool.ts';
import { startBoss } from './boss.ts';

/** Its name in existing databases. */
const QUEUE = 'rounds';

/** A sweep that does not end (its worker died) makes way for the next one after this. */
const EXPIRE_SECONDS = 900;

/** The scheduled sweeps: pg-boss queues each when it is due, and one worker of all runs it. */
export interface Sweeps {
  /** The sweep that is due, if there is one: its job's id. No other worker gets it, nor the next one before it ends. */
  take(): Promise<string | undefined>;
  /** Reports that a sweep has ended. */
  settle(jobId: string): Promise<void>;
  close(): Promise<void>;
}

export interface SweepsOptions {
  readonly pool: Pool;
  /** Minutes between two sweeps, counted from the full hour: 1 to 59. The process that started last sets it for all. */
  readonly everyMinutes: number;
  readonly onError: (error: Error) => void;
}

/** Opens the queue of sweeps. While it is open, this process helps keep the schedule. */
export async function openSweeps({ pool, everyMinutes, onError }: SweepsOptions): Promise<Sweeps> {
  const boss = await startBoss({ pool, onError }, async (started) => {
    // Stately: one that waits and one that runs, so that sweeps that no worker takes do not pile up.
    const limits = { retryLimit: 0, expireInSeconds: EXPIRE_SECONDS, deleteAfterSeconds: 60 };
    await started.createQueue(QUEUE, { policy: 'stately', ...limits });
    await started.schedule(QUEUE, `*/${everyMinutes} * * * *`);
  });
  return {
    async take() {
      const [job] = await boss.fetch(QUEUE);
      return job?.id;
    },
    settle: async (jobId) => void (await boss.deleteJob(QUEUE, jobId)),
    close: () => boss.stop({ graceful: false, close: false }),
  };
}
