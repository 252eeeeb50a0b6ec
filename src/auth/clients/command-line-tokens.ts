import type { Queryable } from '../../store/connection/pool.ts';

/** The `client_id` of tokens that were minted on the command line: no client of the database; each is known by its own id. */
export const COMMAND_LINE_CLIENT = 'openbulk-cli';

export interface CommandLineToken {
  /** A UUID: the token's `jti`. */
  readonly id: string;
  /** UUID. */
  readonly organizationId: string;
  readonly permissions: readonly string[];
  /** Whom it speaks for. */
  readonly subject: string;
  /** The account and the machine that made it. */
  readonly madeBy: string;
  readonly expiresAt: Date;
}

export interface ListedToken {
  readonly id: string;
  /** Slug. */
  readonly organization: string;
  readonly permissions: readonly string[];
  readonly madeBy: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Takes down a token that is about to be signed; those that expired a day ago are forgotten. */
export async function insertToken(db: Queryable, token: CommandLineToken): Promise<void> {
  await db.query(
    `with forgotten as (delete from command_line_tokens where expires_at < now() - interval '1 day')
     insert into command_line_tokens (id, organization_id, permissions, subject, made_by, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [token.id, token.organizationId, token.permissions, token.subject, token.madeBy, token.expiresAt],
  );
}

/** Those that are good, of one organization or of all, the oldest first. */
export async function listTokens(db: Queryable, organizationId?: string): Promise<ListedToken[]> {
  const { rows } = await db.query<{
    id: string;
    slug: string;
    permissions: string[];
    made_by: string;
    created_at: Date;
    expires_at: Date;
  }>(
    `select t.id, o.slug, t.permissions, t.made_by, t.created_at, t.expires_at
     from command_line_tokens t join organizations o on o.id = t.organization_id
     where t.revoked_at is null and t.expires_at > now() and ($1::uuid is null or t.organization_id = $1)
     order by t.created_at, t.id`,
    [organizationId ?? null],
  );
  return rows.map((row) => ({
    id: row.id,
    organization: row.slug,
    permissions: row.permissions,
    madeBy: row.made_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }));
}

/** Ends a token, within a minute. @returns whether there was one that was good */
export async function revokeToken(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update command_line_tokens set revoked_at = now()
     where id::text = lower($1) and revoked_at is null and expires_at > now()`,
    [id],
  );
  return rowCount === 1;
}
