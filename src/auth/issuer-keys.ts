import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import { inTransaction, type Pool, type Queryable, type Transaction } from '../store/pool.ts';
import type { KeySource } from './key-ring.ts';

/**
 * RS256 with 2048 bits, because a token is signed once and verified many times. Measured with jose on Node 24, one core:
 * RS256 verifies in 65 µs and signs in 335 µs; ES256 verifies in 140 µs and signs in 130 µs; Ed25519 140 µs and 80 µs.
 * It is also the one algorithm that every OAuth library knows. The price is 250 more bytes a token.
 */
export const SIGNING_ALGORITHM = 'RS256';

/** The key of the advisory lock under which the first keys are made. */
const LOCK = '8029464465138510188';

/** A private RSA key with its public name. */
export interface SigningKey extends JWK {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly alg: string;
}

/** The issuer's secrets: the first of each list signs, all verify. Never empty. */
export interface IssuerKeys {
  readonly signing: readonly [SigningKey, ...SigningKey[]];
  readonly cookies: readonly [string, ...string[]];
}

/** The keys in the database; makes the first ones, once, however many processes start at the same time. */
export async function loadIssuerKeys(pool: Pool): Promise<IssuerKeys> {
  return (await readKeys(pool)) ?? inTransaction(pool, createFirstKeys);
}

/**
 * Adds a signing key and gives its `kid`. It is published at once, and signs from a minute later on: by then every process,
 * and whoever else verifies tokens, knows it.
 */
export async function addSigningKey(db: Queryable): Promise<string> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  await insertKey(db, 'signing', { ...jwk, kid, alg: SIGNING_ALGORITHM, use: 'sig' });
  return kid;
}

/** The public keys of the embedded issuer, read from the database that it signs from. */
export function embeddedKeys(deps: { readonly pool: Queryable }): KeySource {
  return {
    async load(): Promise<JSONWebKeySet> {
      // Members by name, so that nothing private is ever read where only verifying is done.
      const { rows } = await deps.pool.query<{ jwk: JWK }>(
        `select jsonb_build_object('kty', secret->'kty', 'n', secret->'n', 'e', secret->'e',
           'kid', secret->'kid', 'alg', secret->'alg', 'use', secret->'use') as jwk
         from issuer_keys where purpose = 'signing' order by id desc`,
      );
      return { keys: rows.map((row) => row.jwk) };
    },
  };
}

async function createFirstKeys(tx: Transaction): Promise<IssuerKeys> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
  const made = await readKeys(tx);
  if (made) return made;
  await addSigningKey(tx);
  await insertKey(tx, 'cookie', randomBytes(32).toString('base64url'));
  const keys = await readKeys(tx);
  if (!keys) throw new Error('the keys just written are not there');
  return keys;
}

async function insertKey(db: Queryable, purpose: 'signing' | 'cookie', secret: object | string): Promise<void> {
  await db.query('insert into issuer_keys (purpose, secret) values ($1, $2)', [purpose, JSON.stringify(secret)]);
}

async function readKeys(db: Queryable): Promise<IssuerKeys | undefined> {
  const { rows } = await db.query<
    { purpose: 'signing'; secret: SigningKey; known: boolean } | { purpose: 'cookie'; secret: string }
  >(`select purpose, secret, created_at <= now() - interval '1 minute' as known from issuer_keys order by id desc`);
  const keys = rows.filter((row) => row.purpose === 'signing');
  // On a fresh database no key is old enough; then it is the first one that everybody has.
  const signer = keys.find(({ known }) => known) ?? keys.at(-1);
  const [cookie, ...olderCookies] = rows.flatMap((row) => (row.purpose === 'cookie' ? [row.secret] : []));
  if (signer === undefined || cookie === undefined) return undefined;
  const others = keys.filter((key) => key !== signer).map(({ secret }) => secret);
  return { signing: [signer.secret, ...others], cookies: [cookie, ...olderCookies] };
}
