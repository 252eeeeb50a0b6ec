import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Queryable } from '../store/pool.ts';
import { newId, parseId, toHex24 } from '../task/ids.ts';
import type { Permission } from './permissions.ts';

export interface NewClient {
  /** UUID. */
  readonly organizationId: string;
  /** For people; need not be unique. */
  readonly name: string;
  /** What a token of this client can carry at most. */
  readonly permissions: readonly Permission[];
}

export interface ClientCredentials {
  /** 24 hex digits. */
  readonly clientId: string;
  /** 256 random bits in base64url; cannot be had again. */
  readonly clientSecret: string;
}

export interface Client {
  /** 24 hex digits. */
  readonly clientId: string;
  /** UUID. */
  readonly organizationId: string;
  readonly name: string;
  readonly secretHash: string;
  /** As stored: may name what this version of the program no longer knows. */
  readonly permissions: readonly string[];
}

/** Makes a client of the embedded issuer. The secret is in the answer and nowhere else: the database keeps its hash. */
export async function createClient(deps: { readonly pool: Queryable }, input: NewClient): Promise<ClientCredentials> {
  const id = newId();
  const clientSecret = randomBytes(32).toString('base64url');
  await deps.pool.query(
    'insert into clients (id, organization_id, name, secret_hash, permissions) values ($1, $2, $3, $4, $5)',
    [id, input.organizationId, input.name, hashSecret(clientSecret), [...new Set(input.permissions)]],
  );
  return { clientId: toHex24(id), clientSecret };
}

/** The client of that id, in either spelling; `undefined` when there is none or it was revoked. */
export async function findClient(deps: { readonly pool: Queryable }, clientId: string): Promise<Client | undefined> {
  const id = parseId(clientId);
  if (id === undefined) return undefined;
  const { rows } = await deps.pool.query<{
    organization_id: string;
    name: string;
    secret_hash: string;
    permissions: string[];
  }>('select organization_id, name, secret_hash, permissions from clients where id = $1 and revoked_at is null', [id]);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    clientId: toHex24(id),
    organizationId: row.organization_id,
    name: row.name,
    secretHash: row.secret_hash,
    permissions: row.permissions,
  };
}

/**
 * Whether `secret` is the one with this hash. A plain sha256 is enough: there is nothing to guess in 256 random bits, so
 * a slow hash would only slow down the server.
 */
export function secretMatches(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(secret), 'hex'), Buffer.from(hash, 'hex'));
}

function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes a client its access away: at once for new tokens, within a minute for those it has. @returns whether there was one */
export async function revokeClient(deps: { readonly pool: Queryable }, clientId: string): Promise<boolean> {
  const id = parseId(clientId);
  if (!id) return false;
  const { rowCount } = await deps.pool.query(
    'update clients set revoked_at = now() where id = $1 and revoked_at is null',
    [id],
  );
  return rowCount === 1;
}
