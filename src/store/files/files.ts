import type { Operation, StoredFile } from '../../task/task.ts';
import { NOT_WAITING, type Queryable, type Transaction } from '../connection/pool.ts';
import { raw, sql, statement } from '../connection/sql.ts';

/** Adds the file of an export, whose key is queued for deletion as that of a part. */
export async function insertFile(db: Queryable, organizationId: string, file: StoredFile): Promise<void> {
  await db.query(
    `insert into files (id, organization_id, key, original_name, mimetype, size, sha256) values ($1, $2, $3, $4, $5, $6, $7)`,
    [file.id, organizationId, file.key, file.originalName, file.mimetype, file.size, file.sha256],
  );
}

/**
 * Makes an announced file (`announceFile`) known, which then is not to be removed any more.
 *
 * @returns whether it is: `false` when its time was over, and it is removed or about to be
 */
export async function adoptFile(db: Queryable, organizationId: string, file: StoredFile): Promise<boolean> {
  const { rowCount } = await db.query(ADOPT({ ...file, organizationId }));
  return rowCount === 1;
}

const ADOPT = statement<StoredFile & { organizationId: string }>(
  ($) => sql`
  with announced as (delete from files_to_remove where key = ${$.key} and not removing returning key)
  insert into files (id, organization_id, key, original_name, mimetype, size, sha256)
  select ${$.id}, ${$.organizationId}, key, ${$.originalName}, ${$.mimetype}, ${$.size}, ${$.sha256} from announced`,
);

/**
 * Says that files are, or are about to be, in the store which no row names yet. If none does within the hour (the process died, the
 * commit that should have made one did not happen, or nobody knows whether it did), they are removed. Each repetition restarts the hour.
 * Does not wait for the disk: what the database forgets of it when it crashes, the sweep finds in the store (`unnamedKeys`).
 */
export async function announceFiles(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query(ANNOUNCE({ keys }));
}

const ANNOUNCE = statement<{ keys: readonly string[] }>(
  ($) => sql`
  insert into files_to_remove (key, due_at)
  select key, clock_timestamp() + interval '1 hour' from unnest(${$.keys}::text[]) key, (select ${raw(NOT_WAITING)}) waiting
  on conflict (key) do update set due_at = excluded.due_at where not files_to_remove.removing`,
);

/**
 * Locks the files of tasks that the transaction has locked. Everything locks tasks in the order of their ids, so parents first, then
 * files in the order of theirs: any other order can deadlock. Of two transactions that each let go of a file
 * which the other one's task has, too, the second then sees that it is the last.
 */
export async function lockFilesOf(tx: Transaction, taskIds: readonly string[]): Promise<void> {
  await tx.query(
    `select from files where id in (select unnest(array[file_id, result_file_id]) from tasks where id = any($1))
     order by id for update`,
    [taskIds],
  );
}

/**
 * Forgets files that no task has any more; their bytes are to be removed from the file store after the commit.
 *
 * @param tx has locked them: `lockFilesOf`
 * @returns their keys in the file store
 */
export async function forgetFiles(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    `with forgotten as (
       delete from files f where id = any($1) and not exists (select from tasks where file_id = f.id)
         and not exists (select from tasks where result_file_id = f.id) returning key)
     insert into files_to_remove (key) select key from forgotten returning key`,
    [ids],
  );
  return rows.map(({ key }) => key);
}

/**
 * Takes keys that are due to be removed from the file store, in order of key, `limit` at most: none of them becomes a file any more.
 * Those of a sweep that was cut off are taken again.
 *
 * @param after only those behind this one
 * @param now the database's clock when not given
 */
export async function takeFilesToRemove(
  db: Queryable,
  { after, limit, now }: { readonly after: string; readonly limit: number; readonly now?: Date | undefined },
): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `with due as (select key from files_to_remove where due_at <= coalesce($3, clock_timestamp()) and key > $1
       order by key limit $2 for update)
     update files_to_remove f set removing = true from due where f.key = due.key returning f.key`,
    [after, limit, now ?? null],
  );
  return rows.map(({ key }) => key).sort();
}

/** Takes keys of deleted files off the deletion queue. */
export async function forgetRemoved(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query('delete from files_to_remove where key = any($1)', [keys]);
}

/** Bytes of all files of an organization. */
export async function storedBytes(db: Queryable, organizationId: string): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    'select coalesce(sum(size), 0)::bigint as bytes from files where organization_id = $1',
    [organizationId],
  );
  return rows[0]?.bytes ?? 0;
}

/** A stored file of the organization, by its key in the file store. */
export async function findFile(
  db: Queryable,
  organizationId: string,
  key: string,
): Promise<{ readonly id: string; readonly size: number } | undefined> {
  const { rows } = await db.query<{ id: string; size: number }>(
    'select id, size from files where organization_id = $1 and key = $2',
    [organizationId, key],
  );
  return rows[0];
}

/** What a task has to do with a file. */
export interface FileUse {
  readonly operation: Operation;
  readonly action: string;
  /** The version of its resource, where that was declared. */
  readonly resourceId?: string;
  readonly origin: string;
  /** Whether the task made it; else the task works on it. */
  readonly made: boolean;
}

/** The kinds of tasks that have a file. */
export async function usesOfFile(db: Queryable, id: string): Promise<FileUse[]> {
  const { rows } = await db.query<Omit<FileUse, 'resourceId'> & { resource_id: string | null }>(
    `select distinct operation, action, resource_id, origin, false as made from tasks where file_id = $1
     union select distinct operation, action, resource_id, origin, true from tasks where result_file_id = $1`,
    [id],
  );
  return rows.map(({ resource_id: resourceId, ...use }) => ({ ...use, ...(resourceId !== null && { resourceId }) }));
}

/** Keeps a file from being removed until the end of the transaction. @returns whether it is still there */
export async function lockFile(tx: Queryable, id: string): Promise<boolean> {
  const { rows } = await tx.query('select from files where id = $1 for key share', [id]);
  return rows.length > 0;
}
