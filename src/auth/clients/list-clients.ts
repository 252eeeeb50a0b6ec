import type { Queryable } from '../../store/connection/pool.ts';
import { toHex24 } from '../../task/ids.ts';

export interface StoredClient {
  /** 24 hex digits. */
  readonly clientId: string;
  /** Slug. */
  readonly organization: string;
  readonly name: string;
  readonly permissions: readonly string[];
  /** RFC 3339. */
  readonly createdAt: string;
}

/** The clients that were not revoked, of one organization or of all, oldest first. */
export async function listClients(
  deps: { readonly pool: Queryable },
  organizationId?: string,
): Promise<StoredClient[]> {
  const { rows } = await deps.pool.query<{
    id: string;
    slug: string;
    name: string;
    permissions: string[];
    created_at: Date;
  }>(
    `select c.id, o.slug, c.name, c.permissions, c.created_at
       from clients c join organizations o on o.id = c.organization_id
      where c.revoked_at is null and ($1::uuid is null or c.organization_id = $1)
      order by c.id`,
    [organizationId ?? null],
  );
  return rows.map((row) => ({
    clientId: toHex24(row.id),
    organization: row.slug,
    name: row.name,
    permissions: row.permissions,
    createdAt: row.created_at.toISOString(),
  }));
}
