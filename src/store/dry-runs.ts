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
  // The rows that a statement writes are not there yet for the rest of it.
  const { rows } = await tx.query<DryRunKey>(
    `with chunk as (select * from unnest($2::text[], $3::bytea[]) c(key, digest)), kept as (
       insert into dry_run_keys (task_id, key, digest) select $1, key, digest from chunk
       on conflict (task_id, key) do update set digest = excluded.digest where dry_run_keys.digest <> excluded.digest)
     select k.key, k.digest from chunk c join dry_run_keys k on k.task_id = $1 and k.key = c.key`,
    [taskId, keys.map(({ key }) => key), keys.map(({ digest }) => digest)],
  );
  return new Map(rows.map(({ key, digest }) => [key, digest]));
}
