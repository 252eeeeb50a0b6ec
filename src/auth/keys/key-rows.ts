import { randomBytes, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Queryable } from '../../store/connection/pool.ts';
import { type SecretKey, SecretKeyError, type SecretKeys, sealSecret, unsealSecret } from './secret-key.ts';

/**
 * RS256 with 2048 bits, because a token is signed once and verified many times. Measured with jose on Node 24, one core:
 * RS256 verifies in 65 µs and signs in 335 µs; ES256 verifies in 140 µs and signs in 130 µs; Ed25519 140 µs and 80 µs.
 * It is also the one algorithm that every OAuth library knows. The price is 250 more bytes a token.
 */
export const SIGNING_ALGORITHM = 'RS256';

/** A private RSA key with its public name. */
export interface SigningKey extends JWK {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly alg: string;
}

export type Purpose = 'signing' | 'cookie';

/** A key of the issuer as the database has it. */
export interface KeyRow {
  readonly id: string;
  readonly kid: string;
  readonly purpose: Purpose;
  /** In clear: from before keys were encrypted. */
  readonly secret: unknown;
  readonly sealed: Buffer | null;
  readonly sealed_with: string | null;
  readonly created_at: Date;
  readonly retires_at: Date | null;
  /** Whether it is so old that every process knows it. */
  readonly known: boolean;
}

/** A key that has not retired. */
export const LIVE = '(retires_at is null or retires_at > now())';

/** The keys that have not retired, the newest first. */
export async function liveKeyRows(db: Queryable): Promise<KeyRow[]> {
  const { rows } = await db.query<KeyRow>(
    `select id, kid, purpose, secret, sealed, sealed_with, created_at, retires_at,
            created_at <= now() - interval '1 minute' as known
     from issuer_keys where ${LIVE} order by id desc`,
  );
  return rows;
}

/** The decrypted secret of a row. @throws SecretKeyError if it is encrypted with another key */
export function secretOf<Secret>(row: KeyRow, keys: SecretKeys): Secret {
  if (row.sealed === null) return row.secret as Secret;
  const key = [keys.current, keys.previous].find((each) => each?.id === row.sealed_with);
  if (!key) throw wrongKey(row);
  return JSON.parse(unsealSecret(key, contextOf(row), row.sealed)) as Secret;
}

/** Makes a signing key. @returns its `kid` */
export async function insertSigningKey(db: Queryable, key: SecretKey): Promise<string> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const named = { ...jwk, kid, alg: SIGNING_ALGORITHM, use: 'sig' };
  const { kty, n, e, alg, use } = named;
  await insert(db, key, { purpose: 'signing', kid, secret: named, publicKey: { kty, n, e, kid, alg, use } });
  return kid;
}

/** Makes a key by which the issuer signs its cookies. */
export async function insertCookieKey(db: Queryable, key: SecretKey): Promise<void> {
  await insert(db, key, { purpose: 'cookie', kid: randomUUID(), secret: randomBytes(32).toString('base64url') });
}

interface NewKey {
  readonly purpose: Purpose;
  readonly kid: string;
  readonly secret: object | string;
  readonly publicKey?: object;
}

async function insert(db: Queryable, key: SecretKey, { purpose, kid, secret, publicKey }: NewKey): Promise<void> {
  const sealed = sealSecret(key, contextOf({ purpose, kid }), JSON.stringify(secret));
  await db.query(
    'insert into issuer_keys (purpose, kid, public_key, sealed, sealed_with) values ($1, $2, $3, $4, $5)',
    [purpose, kid, publicKey ?? null, sealed, key.id],
  );
}

/** Encrypts what a row keeps secret with the current key, in place of what was there. */
export async function sealRow(db: Queryable, row: KeyRow, keys: SecretKeys): Promise<void> {
  const sealed = sealSecret(keys.current, contextOf(row), JSON.stringify(secretOf(row, keys)));
  await db.query('update issuer_keys set secret = null, sealed = $2, sealed_with = $3 where id = $1', [
    row.id,
    sealed,
    keys.current.id,
  ]);
}

function contextOf({ purpose, kid }: Pick<KeyRow, 'purpose' | 'kid'>): string {
  return `issuer_keys ${purpose} ${kid}`;
}

function wrongKey({ sealed_with: id }: KeyRow): SecretKeyError {
  return new SecretKeyError(
    `The issuer's keys in this database are encrypted with another secret key (${id}) than this process has. ` +
      'Set OPENBULK_SECRET_KEY to that key, or OPENBULK_SECRET_KEY_PREVIOUS to rotate to a new one. If the key is lost, ' +
      '"openbulk keys reset" creates new keys and invalidates all tokens.',
  );
}
