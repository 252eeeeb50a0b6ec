import { startBoss } from './boss.ts';
import type { Pool, Transaction } from './pool.ts';

const QUEUE = 'turns';
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** NOTIFY channel on which a new turn is announced; the payload is the organization's id. */
export const TURN_CHANNEL = 'openbulk_turn';

/** An organization's turn to have a slice of its work done. */
export interface Turn {
  readonly jobId: string;
  readonly organizationId: string;
}

/**
 * The queue of turns (pg-boss). A job is an organization's turn, and an organization has at most one turn waiting, whatever
 * it has submitted: so workers serve organizations in rotation, and ten rows of one never wait for a million rows, nor for a
 * thousand tasks, of another. Which of its tasks the turn goes to is told by the tasks themselves (`leases.ts`).
 *
 * A turn is a hint and the task row is the truth: a turn that is lost with its worker is given anew by the sweep.
 */
export interface Turns {
  /** Puts the organization at the end of the queue, unless it waits there already; takes effect with `tx`. */
  give(tx: Transaction, organizationId: string): Promise<void>;
  /** The next turn, if one waits. It is taken: no other worker gets it. */
  take(): Promise<Turn | undefined>;
  /** Takes a turn off the books; in the transaction that claims a task on it. */
  settle(tx: Transaction, turn: Turn): Promise<void>;
  /** Whether a turn waits that nobody has taken. */
  waiting(): Promise<boolean>;
  close(): Promise<void>;
}

export interface TurnsOptions {
  readonly pool: Pool;
  /** Whether this process also does pg-boss's housekeeping; workers do. */
  readonly supervise: boolean;
  readonly onError: (error: Error) => void;
}

/** Opens the queue, making it where the database has none yet. */
export async function openTurns({ pool, supervise, onError }: TurnsOptions): Promise<Turns> {
  const boss = await startBoss({ pool, supervise, schedule: false, onError }, async (started) => {
    await started.createQueue(QUEUE, { policy: 'short', retryLimit: 0, deleteAfterSeconds: 60 });
    // pg-boss looks the queue up when it is first used, on a connection of its own. In a transaction that would be one too many,
    // when a burst of them has all that there are: so it is used once here.
    await started.getJobById(QUEUE, NOBODY);
  });
  return {
    async give(tx, organizationId) {
      // Against a claim that is looking for work right now: see lockTurns.
      tx.send({ text: 'select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', values: [organizationId] });
      const db = { executeSql: (text: string, values?: unknown[]) => tx.query(text, values) };
      const given = await boss.send(QUEUE, { organizationId }, { singletonKey: organizationId, db });
      if (given) tx.send({ text: 'select pg_notify($1, $2)', values: [TURN_CHANNEL, organizationId] });
    },
    async take() {
      const [job] = await boss.fetch<{ organizationId: string }>(QUEUE);
      return job && { jobId: job.id, organizationId: job.data.organizationId };
    },
    async settle(tx, turn) {
      lockTurns(tx, turn.organizationId);
      // Nobody waits for how many there were.
      const executeSql = async (text: string, values: unknown[] = []) => {
        tx.send({ text, values });
        return { rows: [{ count: 0 }] };
      };
      const db = { executeSql };
      await boss.deleteJob(QUEUE, turn.jobId, { db });
    },
    async waiting() {
      const { rows } = await pool.query<{ waits: boolean }>(
        `select exists (select from pgboss.job where name = $1 and state < 'active') as waits`,
        [QUEUE],
      );
      return rows[0]?.waits === true;
    },
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

/**
 * Waits until every transaction that gave the organization a turn is over. One that found a turn waiting, and so added none,
 * must have made its task visible before the claim on that turn looks for tasks; else the task would wait for the sweep.
 */
function lockTurns(tx: Transaction, organizationId: string): void {
  tx.send({ text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))', values: [organizationId] });
}
