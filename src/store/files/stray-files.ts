import type { Queryable } from '../connection/pool.ts';

/** Every table in which keys of the file store stand. */
const NAMED = ['files', 'files_to_remove', 'task_parts']
  .map((table) => `exists (select from ${table} where key = stored.key)`)
  .join(' or ');

/** Which of the keys no row names. */
export async function unnamedKeys(db: Queryable, keys: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `select key from unnest($1::text[]) stored(key) where not (${NAMED}) order by key collate "C"`,
    [keys],
  );
  return rows.map(({ key }) => key);
}

/**
 * Queues keys for deletion that no row names. A key that is named meanwhile is left alone: an upload is announced before
 * it is stored, and becomes a file in the transaction that ends its announcement.
 *
 * @returns how many there were
 */
export async function condemnKeys(db: Queryable, keys: readonly string[]): Promise<number> {
  const { rowCount } = await db.query(
    `insert into files_to_remove (key, due_at) select key, '-infinity' from unnest($1::text[]) stored(key) where not (${NAMED})
     on conflict (key) do nothing`,
    [keys],
  );
  return rowCount ?? 0;
}

/**
 * Keys of files of tasks between two keys, without those that the store has there, in order, `limit` at most.
 *
 * @param range behind `after`, up to and with `last`; to the end where that is not given
 */
export async function keysBetween(
  db: Queryable,
  range: { readonly after: string; readonly last?: string | undefined },
  stored: readonly string[],
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `select key from files where key > $1 and ($2::text is null or key <= $2) and key <> all($3::text[]) order by key limit $4`,
    [range.after, range.last ?? null, stored, limit],
  );
  return rows.map(({ key }) => key);
}

/** Those of the keys that are still those of files of tasks. */
export async function stillFiles(db: Queryable, keys: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>('select key from files where key = any($1) order by key', [keys]);
  return rows.map(({ key }) => key);
}

/** What the database is called in a file store, so that no other one takes its files for strays. Made when first asked for. */
export async function storeOwner(db: Queryable): Promise<string> {
  await db.query(
    `insert into settings (name, value) values ('file_store_owner', gen_random_uuid()::text) on conflict (name) do nothing`,
  );
  const { rows } = await db.query<{ value: string }>(`select value from settings where name = 'file_store_owner'`);
  return rows[0]?.value as string;
}
