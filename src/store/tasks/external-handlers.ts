import type { Queryable } from '../connection/pool.ts';

/** Writes down that an organization has external tasks of a handler. */
export async function rememberHandler(db: Queryable, organizationId: string, name: string): Promise<void> {
  await db.query('insert into external_handlers values ($1, $2) on conflict do nothing', [organizationId, name]);
}

/** Whether an organization has, or once had, external tasks of a handler. */
export async function hadHandler(db: Queryable, organizationId: string, name: string): Promise<boolean> {
  const { rows } = await db.query('select from external_handlers where organization_id = $1 and name = $2', [
    organizationId,
    name,
  ]);
  return rows.length > 0;
}
