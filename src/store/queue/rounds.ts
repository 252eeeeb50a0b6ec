import type { Pool } from '../connection/pool.ts';
import { startBoss } from './boss.ts';

const QUEUE = 'rounds';

/** A round that does not end (its worker died) makes way for the next one after this. */
const EXPIRE_SECONDS = 900;

/** The rounds of the chores, put into a queue by pg-boss's schedule and each done by one worker of all. */
export interface Rounds {
  /** The round that is due, if there is one: its job's id. No other worker gets it, or the next one before it is over. */
  take(): Promise<string | undefined>;
  /** Takes a round off the books. */
  settle(jobId: string): Promise<void>;
  close(): Promise<void>;
}

export interface RoundsOptions {
  readonly pool: Pool;
  /** A round every so many minutes, counted from the full hour: 1 to 59. The newest process's word holds for all. */
  readonly everyMinutes: number;
  readonly onError: (error: Error) => void;
}

/** Opens the queue of rounds; while it is open, this process is one of those that see to the schedule. */
export async function openRounds({ pool, everyMinutes, onError }: RoundsOptions): Promise<Rounds> {
  const boss = await startBoss({ pool, onError }, async (started) => {
    // Stately: one that waits and one that runs, so that rounds nobody has done do not pile up.
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
