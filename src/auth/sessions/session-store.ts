import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Queryable } from '../../store/connection/pool.ts';
import { hashSecret, newSecret } from '../clients/clients.ts';
import type { Tokens } from './sign-in.ts';

/** A browser that is signed in, as the database has it. */
export interface StoredSession {
  readonly name: string;
  readonly email: string | undefined;
  readonly tokens: Tokens;
  /** Until the access token expires, s; negative when it has. */
  readonly accessSeconds: number;
  /** When it expires if it is not used. */
  readonly endsAt: Date;
}

export interface NewSession {
  /** UUID of the account at the embedded issuer; not given for an issuer elsewhere. */
  readonly accountId?: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly tokens: Tokens;
  /** s. */
  readonly expiresIn: number;
  readonly lifetimeSeconds: number;
}

/** For so long a process may take to refresh the tokens, s; then another one tries. Longer than it waits for the issuer. */
const REFRESH_LEASE = 15;

/** @returns the id for the cookie: 256 random bits in base64url, of which the database has a hash */
export async function insertSession(db: Queryable, session: NewSession): Promise<string> {
  const id = newSecret();
  await db.query(
    `insert into sessions (id_hash, account_id, name, email, tokens, access_expires_at, ends_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6), now() + make_interval(secs => $7))`,
    [
      hashSecret(id),
      session.accountId ?? null,
      session.name,
      session.email ?? null,
      seal(id, session.tokens),
      session.expiresIn,
      session.lifetimeSeconds,
    ],
  );
  return id;
}

/** The session of that id, unless it has expired; this counts as use. @param idleSeconds after which an unused one expires */
export async function findSession(db: Queryable, id: string, idleSeconds: number): Promise<StoredSession | undefined> {
  const { rows } = await db.query<{
    name: string;
    email: string | null;
    tokens: Buffer;
    access_seconds: number;
    ends_at: Date;
    unseen: boolean;
  }>(
    `select name, email, tokens, extract(epoch from access_expires_at - now())::float8 as access_seconds,
            least(ends_at, now() + make_interval(secs => $2)) as ends_at, seen_at < now() - interval '1 minute' as unseen
       from sessions where id_hash = $1 and ends_at > now() and seen_at > now() - make_interval(secs => $2)`,
    [hashSecret(id), idleSeconds],
  );
  const row = rows[0];
  if (!row) return undefined;
  if (row.unseen) await db.query('update sessions set seen_at = now() where id_hash = $1', [hashSecret(id)]);
  return {
    name: row.name,
    email: row.email ?? undefined,
    tokens: unseal(id, row.tokens),
    accessSeconds: row.access_seconds,
    endsAt: row.ends_at,
  };
}

/**
 * Takes on to refresh the tokens, which one process at a time does: an issuer that gives a new refresh token with each access token
 * takes the old one, used twice, for stolen.
 *
 * @param ahead of their expiry, s
 */
export async function takeRefresh(db: Queryable, id: string, ahead: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update sessions set refreshing_until = now() + make_interval(secs => $3)
     where id_hash = $1 and access_expires_at <= now() + make_interval(secs => $2)
       and (refreshing_until is null or refreshing_until <= now())`,
    [hashSecret(id), ahead, REFRESH_LEASE],
  );
  return rowCount === 1;
}

/** Keeps refreshed tokens. @param expiresIn of the access token, s */
export async function keepTokens(db: Queryable, id: string, tokens: Tokens, expiresIn: number): Promise<void> {
  await db.query(
    `update sessions set tokens = $2, access_expires_at = now() + make_interval(secs => $3), refreshing_until = null
     where id_hash = $1`,
    [hashSecret(id), seal(id, tokens), expiresIn],
  );
}

/** Takes a session's access token for expired, which it is not by its own account: it is refreshed when it is next used. */
export async function expireAccess(db: Queryable, id: string): Promise<void> {
  await db.query('update sessions set access_expires_at = least(access_expires_at, now()) where id_hash = $1', [
    hashSecret(id),
  ]);
}

/** Lets the tokens be refreshed again, in a second: the issuer was away. */
export async function putOffRefresh(db: Queryable, id: string): Promise<void> {
  await db.query(`update sessions set refreshing_until = now() + interval '1 second' where id_hash = $1`, [
    hashSecret(id),
  ]);
}

export async function deleteSession(db: Queryable, id: string): Promise<void> {
  await db.query('delete from sessions where id_hash = $1', [hashSecret(id)]);
}

/** Bytes of AES-GCM's nonce and tag. */
const NONCE = 12;
const TAG = 16;

/** Whoever has the database, or a copy of it, has no token: the key comes from the id, which only the browser knows. */
function seal(id: string, tokens: Tokens): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', keyOf(id), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(tokens)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function unseal(id: string, bytes: Buffer): Tokens {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), bytes.subarray(0, NONCE));
  decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8'));
}

function keyOf(id: string): Buffer {
  return createHmac('sha256', id).update('tokens of a session').digest();
}
