import type { Queryable, Transaction } from './pool.ts';

/** What a dry run would leave of a key: a digest of the values that the record would have. */
export interface DryRunKey {
  readonly key: string;
  readonly digest: Buffer;
}

/**
 * Keeps what a chunk of a dry run would leave of its keys, until the task is over (`forgetDryRun`).
 *
 * @param keys each once
 * @returns what the chunks before it would have left of the same keys: digests by key
 */
export async function recallDryRun(
  tx: Transaction,
  taskId: string,
  keys: readonly DryRunKey[],
): Promise<Map<string, Buffer>> {
  // The rows that a statement writes are not there yet for the rest of it. As in `compareKnown`, the planner is left nothing but one
  // look into the index for each key: of a task that it had not counted yet it would read all keys for each, 10 s a chunk.
  const { rows } = await tx.query<DryRunKey>(
    `with chunk as materialized (select $1::uuid as task_id, * from unnest($2::text[], $3::bytea[]) c(key, digest)), kept as (
       insert into dry_run_keys (task_id, key, digest) select * from chunk
       on conflict (task_id, key) do update set digest = excluded.digest where dry_run_keys.digest <> excluded.digest)
     select c.key, k.digest from chunk c cross join lateral
       (select digest from dry_run_keys k where k.task_id = c.task_id and k.key = c.key limit 1) k`,
    [taskId, keys.map(({ key }) => key), keys.map(({ digest }) => digest)],
  );
  return new Map(rows.map(({ key, digest }) => [key, digest]));
}

/** Deleted in one transaction, which takes about a tenth of a second. */
const AT_ONCE = 20_000;

/**
 * Deletes some of what is kept for a dry run that is over or gone.
 *
 * @returns how many; 0 when nothing is left
 */
export async function forgetDryRun(db: Queryable): Promise<number> {
  // From task to task by the index: there are millions of keys, of few tasks.
  const { rowCount } = await db.query(
    `with recursive kept as (
       (select task_id from dry_run_keys order by task_id limit 1)
       union all
       select (select task_id from dry_run_keys k where k.task_id > kept.task_id order by task_id limit 1) from kept
       where kept.task_id is not null
     ), over as (
       select kept.task_id from kept left join tasks t on t.id = kept.task_id
       where kept.task_id is not null and (t.id is null or t.finished_at is not null) limit 1)
     delete from dry_run_keys where ctid = any(array(
       select ctid from dry_run_keys where task_id = (select task_id from over) limit ${AT_ONCE}))`,
  );
  return rowCount ?? 0;
}
