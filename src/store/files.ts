import type { StoredFile } from '../task/task.ts';
import type { Queryable } from './pool.ts';

export async function insertFile(db: Queryable, organizationId: string, file: StoredFile): Promise<void> {
  await db.query(
    'insert into files (id, organization_id, key, original_name, mimetype, size, sha256) values ($1, $2, $3, $4, $5, $6, $7)',
    [file.id, organizationId, file.key, file.originalName, file.mimetype, file.size, file.sha256],
  );
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

/** Keeps a file from being removed until the end of the transaction. @returns whether it is still there */
export async function lockFile(tx: Queryable, id: string): Promise<boolean> {
  const { rows } = await tx.query('select from files where id = $1 for key share', [id]);
  return rows.length > 0;
}
