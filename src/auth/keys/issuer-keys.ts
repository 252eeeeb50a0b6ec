import type { JSONWebKeySet, JWK } from 'jose';
import { inTransaction, type Pool, type Queryable, type Transaction } from '../../store/connection/pool.ts';
import type { KeySource } from './key-ring.ts';
import {
  insertCookieKey,
  insertSigningKey,
  type KeyRow,
  LIVE,
  liveKeyRows,
  type SigningKey,
  sealRow,
  secretOf,
} from './key-rows.ts';
import type { SecretKeys } from './secret-key.ts';

export { SIGNING_ALGORITHM, type SigningKey } from './key-rows.ts';

/** The key of the advisory lock under which keys are changed. */
const LOCK = '8029464465138510188';

/** Where the keys are, and what opens them. */
export interface KeyAccess {
  readonly pool: Pool;
  readonly secret: SecretKeys;
}

/** The issuer's secrets: the first of each list signs, all verify. Never empty. */
export interface IssuerKeys {
  readonly signing: readonly [SigningKey, ...SigningKey[]];
  readonly cookies: readonly [string, ...string[]];
}

/**
 * The keys in the database; makes the first ones, once, however many processes start at the same time. What is not encrypted with the
 * current secret key is by this.
 *
 * @throws SecretKeyError when they are encrypted with a key that this process does not have; nothing is changed then
 */
export async function loadIssuerKeys({ pool, secret }: KeyAccess): Promise<IssuerKeys> {
  const rows = await liveKeyRows(pool);
  const settled = rows.every((row) => row.sealed_with === secret.current.id);
  return (settled ? toKeys(rows, secret) : undefined) ?? changeKeys({ pool, secret }, settle);
}

/** Whether there are keys that only a secret key opens: then none may be made up in its place. */
export async function hasSealedKeys(db: Queryable): Promise<boolean> {
  const { rows } = await db.query(`select from issuer_keys where sealed is not null and ${LIVE} limit 1`);
  return rows.length > 0;
}

/** For a token with an unknown key, they are reread at most this often, ms: it costs a query and no network. */
const RELOAD_INTERVAL = 1_000;

/** The public keys of the embedded issuer, read from the database that it signs from. */
export function embeddedKeys(deps: { readonly pool: Queryable }): KeySource {
  return {
    reloadInterval: RELOAD_INTERVAL,
    async load(): Promise<JSONWebKeySet> {
      const { rows } = await deps.pool.query<{ public_key: JWK }>(
        `select public_key from issuer_keys where purpose = 'signing' and ${LIVE} order by id desc`,
      );
      return { keys: rows.map((row) => row.public_key) };
    },
  };
}

/**
 * Runs `change` in a transaction that no other change of the keys comes in between; those that have retired go.
 *
 * @throws SecretKeyError when there are keys that this process cannot open: it must not put others beside them
 */
export function changeKeys<T>(
  { pool, secret }: KeyAccess,
  change: (tx: Transaction, secret: SecretKeys) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (tx) => {
    await lockKeys(tx);
    for (const row of await liveKeyRows(tx)) secretOf(row, secret);
    const result = await change(tx, secret);
    await tx.query(`delete from issuer_keys where not ${LIVE}`);
    return result;
  });
}

/** Locks the keys against other changes until the end of the transaction. */
export async function lockKeys(tx: Transaction): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
}

/**
 * Keys that lay in clear may be in older copies of the database: after this they verify for as long as what they have signed is good, and
 * others take their place. An hour, which is the life of the issuer's tokens, and the minute in which they go on signing.
 */
const RETIRE_CLEAR = `interval '65 minutes'`;

async function settle(tx: Transaction, secret: SecretKeys): Promise<IssuerKeys> {
  const found = await liveKeyRows(tx);
  for (const row of found) if (row.sealed_with !== secret.current.id) await sealRow(tx, row, secret);
  const clear = found.filter(({ sealed }) => sealed === null).map(({ id }) => id);
  if (clear.length > 0) {
    await tx.query(`update issuer_keys set retires_at = now() + ${RETIRE_CLEAR} where id = any($1)`, [clear]);
  }
  await fillUp(tx, secret);
  const keys = toKeys(await liveKeyRows(tx), secret);
  if (!keys) throw new Error('the keys just written are not there');
  return keys;
}

/** Sees to it that there is a key of each purpose that does not retire. */
export async function fillUp(tx: Transaction, { current }: SecretKeys): Promise<void> {
  const staying = (await liveKeyRows(tx)).filter((row) => row.retires_at === null);
  if (!staying.some(({ purpose }) => purpose === 'signing')) await insertSigningKey(tx, current);
  if (!staying.some(({ purpose }) => purpose === 'cookie')) await insertCookieKey(tx, current);
}

function toKeys(rows: readonly KeyRow[], secret: SecretKeys): IssuerKeys | undefined {
  const [signer, ...others] = signersFirst(rows.filter(({ purpose }) => purpose === 'signing'));
  const [cookie, ...olderCookies] = signersFirst(rows.filter(({ purpose }) => purpose === 'cookie'));
  if (!signer || !cookie) return undefined;
  const open = <Secret>(row: KeyRow) => secretOf<Secret>(row, secret);
  return {
    signing: [open(signer), ...others.map((row) => open<SigningKey>(row))],
    cookies: [open(cookie), ...olderCookies.map((row) => open<string>(row))],
  };
}

/** The newest that every process knows signs; where none is old enough, the oldest, which is the one that most know. */
export function signersFirst<Row extends Pick<KeyRow, 'known'>>(rows: readonly Row[]): Row[] {
  const signer = rows.find(({ known }) => known) ?? rows.at(-1);
  return signer ? [signer, ...rows.filter((row) => row !== signer)] : [];
}
