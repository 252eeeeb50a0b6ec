import type { StoredFile } from '../task/task.ts';
import type { Queryable } from './pool.ts';

export async function insertFile(db: Queryable, organizationId: string, file: StoredFile): Promise<void> {
  await db.query(
    'insert into files (id, organization_id, key, original_name, mimetype, size, sha256) values ($1, $2, $3, $4, $5, $6, $7)',
    [file.id, organizationId, file.key, file.originalName, file.mimetype, file.size, file.sha256],
  );
}
