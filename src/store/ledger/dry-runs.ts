import { copyText } from '../connection/copy-text.ts';
import type { Queryable, Transaction } from '../connection/pool.ts';

/**
 * Stores the state that a chunk of a dry run would leave for its keys, until the task ends (`forgetDryRun`).
 *
 * @param digests of the values that each key's record would have, in hex, by key
 * @param busy called once the database has something to do
 * @returns what the chunks before it would have left of the same keys
 */
export async function recallDryRun(
  tx: Transaction,
  taskId: string,
  digests: ReadonlyMap<string, string>,
  busy: () => void,
): Promise<Map<string, string>> {
  const looking = lookUp(tx, taskId, [...digests.keys()]);
  busy();
  const before = await looking;
  const fresh = [...digests].filter(([key]) => !before.has(key));
  const changed = [...digests].filter(([key, digest]) => (before.get(key) ?? digest) !== digest);
  keep(tx, taskId, fresh);
  change(tx, taskId, changed);
  return before;
}

/** A key and the digest, in hex, of what its record would hold. */
type Kept = readonly [key: string, digest: string];

async function lookUp(tx: Transaction, taskId: string, keys: readonly string[]): Promise<Map<string, string>> {
  // As in `compareKnown`, the planner is left nothing but one look into the index for each key: of a task that it had not counted yet
  // it would read all keys for each, 10 s a chunk.
  const { rows } = await tx.query<{ key: string; digest: string }>(
    `with chunk as materialized (select $1::uuid as task_id, key from json_array_elements_text($2::json) c(key))
     select c.key, encode(k.digest, 'hex') as digest from chunk c cross join lateral
       (select digest from dry_run_keys k where k.task_id = c.task_id and k.key = c.key limit 1) k`,
    [taskId, JSON.stringify(keys)],
  );
  return new Map(rows.map(({ key, digest }) => [key, digest]));
}

/** Keys that are not there: copied, since a look for a conflict at each costs twice as much. */
function keep(tx: Transaction, taskId: string, fresh: readonly Kept[]): void {
  if (fresh.length === 0) return;
  const lines = fresh.map(([key, digest]) => `${taskId}\t${copyText(key)}\t\\\\x${digest}\n`).join('');
  tx.send({ text: 'copy dry_run_keys (task_id, key, digest) from stdin', copy: Buffer.from(lines) });
}

function change(tx: Transaction, taskId: string, changed: readonly Kept[]): void {
  if (changed.length === 0) return;
  tx.send({
    text: `update dry_run_keys k set digest = decode(c.digest, 'hex') from unnest($2::text[], $3::text[]) c(key, digest)
     where k.task_id = $1 and k.key = c.key`,
    values: [taskId, changed.map(([key]) => key), changed.map(([, digest]) => digest)],
  });
}

/** Deleted in one transaction, which takes about a tenth of a second. */
const AT_ONCE = 20_000;

/**
 * Deletes some of the state of a dry run that has ended or is deleted.
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
