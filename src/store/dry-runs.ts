import type { Transaction } from './pool.ts';

/** What a dry run would leave of a key: a digest of the values that the record would have. */
export interface DryRunKey {
  readonly key: string;
  readonly digest: Buffer;
}

/**
 * Keeps what a chunk of a dry run would leave of its keys, until the task is over (migration 0012).
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
