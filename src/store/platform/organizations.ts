import type { Queryable } from '../connection/pool.ts';

export interface Organization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** @returns whether it was made: `false` when the slug is taken */
export async function insertOrganization(db: Queryable, { id, slug, name }: Organization): Promise<boolean> {
  const { rowCount } = await db.query(
    'insert into organizations (id, slug, name) values ($1, $2, $3) on conflict (slug) do nothing',
    [id, slug, name],
  );
  return rowCount === 1;
}

/** The organization of that id (a UUID) or of that slug. */
export async function findOrganization(
  db: Queryable,
  by: { id: string } | { slug: string },
): Promise<Organization | undefined> {
  const { rows } =
    'id' in by
      ? await db.query<Organization>('select id, slug, name from organizations where id = $1', [by.id])
      : await db.query<Organization>('select id, slug, name from organizations where slug = $1', [by.slug]);
  return rows[0];
}

/** All organizations, or those of these ids (UUIDs), by slug. */
export async function listOrganizations(db: Queryable, ids?: readonly string[]): Promise<Organization[]> {
  const { rows } = await db.query<Organization>(
    'select id, slug, name from organizations where $1::uuid[] is null or id = any($1) order by slug',
    [ids ?? null],
  );
  return rows;
}
