import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Queryable } from '../../store/connection/pool.ts';
import { newId, parseId, toHex24 } from '../../task/ids.ts';
import type { Permission } from '../permissions.ts';

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
  /** 256 random bits in base64url; cannot be retrieved again. */
  readonly clientSecret: string;
}

export interface Client {
  /** 24 hex digits. */
  readonly clientId: string;
  /** UUID. */
  readonly organizationId: string;
  readonly name: string;
  /** Of the secrets that are good now: the newest, and those that it replaced a moment ago. */
  readonly secretHashes: readonly string[];
  /** As stored: may name what this version of the program no longer knows. */
  readonly permissions: readonly string[];
}

/** Makes a client of the embedded issuer. The secret is in the answer and nowhere else: the database keeps its hash. */
export async function createClient(deps: { readonly pool: Queryable }, input: NewClient): Promise<ClientCredentials> {
  const id = newId();
  const clientSecret = newSecret();
  await deps.pool.query(
    `with client as (
       insert into clients (id, organization_id, name, permissions) values ($1, $2, $3, $4) returning id
     )
     insert into client_secrets (client_id, secret_hash) select id, $5 from client`,
    [id, input.organizationId, input.name, [...new Set(input.permissions)], hashSecret(clientSecret)],
  );
  return { clientId: toHex24(id), clientSecret };
}

/** The client of that id, in either spelling; `undefined` if it does not exist or is revoked. */
export async function findClient(deps: { readonly pool: Queryable }, clientId: string): Promise<Client | undefined> {
  const id = parseId(clientId);
  if (id === undefined) return undefined;
  const { rows } = await deps.pool.query<{
    organization_id: string;
    name: string;
    secret_hashes: string[];
    permissions: string[];
  }>(
    `select organization_id, name, permissions,
            array(select secret_hash from client_secrets
                   where client_id = clients.id and (expires_at is null or expires_at > now())) as secret_hashes
       from clients where id = $1 and revoked_at is null`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    clientId: toHex24(id),
    organizationId: row.organization_id,
    name: row.name,
    secretHashes: row.secret_hashes,
    permissions: row.permissions,
  };
}

/**
 * Whether `secret` is the one with this hash (`hashSecret`). A plain sha256 is enough: there is nothing to guess in 256
 * random bits, so a slow hash would only slow down the server.
 */
export function secretMatches(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(secret), 'hex'), Buffer.from(hash, 'hex'));
}

/** 256 random bits in base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Revokes a client's access: at once for new tokens, within a minute for those it has. @returns whether there was one */
export async function revokeClient(deps: { readonly pool: Queryable }, clientId: string): Promise<boolean> {
  const id = parseId(clientId);
  if (!id) return false;
  const { rowCount } = await deps.pool.query(
    'update clients set revoked_at = now() where id = $1 and revoked_at is null',
    [id],
  );
  return rowCount === 1;
}
