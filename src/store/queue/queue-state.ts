import { type Pool, withinTime } from '../connection/pool.ts';

/** How much there is to do, of all organizations. */
export interface QueueState {
  /** How many tasks have each status, as far as there are any; external tasks are counted, historized ones are not. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Organizations that wait for a turn. */
  readonly organizations: number;
  /** For how long the first of them has been waiting, s; 0 where none is. */
  readonly oldestWaitSeconds: number;
}

/** It reads some pages, however many tasks there are: the counts that are kept, and the turns that wait. */
const STATE = `
  select (select coalesce(json_object_agg(status, tasks), '{}') from tasks_by_status()) as tasks,
    count(*) as organizations,
    greatest(coalesce(extract(epoch from clock_timestamp() - min(waiting_since)), 0), 0)::float8 as "oldestWaitSeconds"
  from turns where waiting`;

/** @param milliseconds that it may take at most */
export function readQueueState(pool: Pool, milliseconds: number): Promise<QueueState> {
  return withinTime(pool, milliseconds, async (tx) => {
    const { rows } = await tx.query<QueueState>(STATE);
    return rows[0] as QueueState;
  });
}
