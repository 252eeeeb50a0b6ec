import { inTransaction, type Queryable } from '../../store/connection/pool.ts';
import { changeKeys, fillUp, type KeyAccess, lockKeys, signersFirst } from './issuer-keys.ts';
import { insertCookieKey, insertSigningKey, LIVE, liveKeyRows } from './key-rows.ts';

/** A signing key, as far as it is public. */
export interface ListedKey {
  readonly kid: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** `new`: it is published, and signs when it is a minute old; `verifies`: it does no longer sign. */
  readonly state: 'new' | 'signs' | 'verifies';
  /** RFC 3339: until then it verifies; not given if it is not retired. */
  readonly retiresAt?: string;
}

/** The signing keys that have not retired, the newest first. */
export async function listKeys(db: Queryable): Promise<ListedKey[]> {
  const rows = (await liveKeyRows(db)).filter(({ purpose }) => purpose === 'signing');
  const [signer] = signersFirst(rows);
  return rows.map((row) => ({
    kid: row.kid,
    createdAt: row.created_at.toISOString(),
    state: row === signer ? 'signs' : row.known ? 'verifies' : 'new',
    ...(row.retires_at && { retiresAt: row.retires_at.toISOString() }),
  }));
}

/**
 * Adds a signing key and gives its `kid`. It is published at once, and signs from a minute later on: by then every process, and
 * every other verifier of tokens knows it. The key of the issuer's cookies changes with it.
 */
export function rotateKeys(access: KeyAccess): Promise<string> {
  return changeKeys(access, async (tx, { current }) => {
    // Cookies of the issuer are used for at most an hour; the older key signs for one more minute.
    await tx.query(
      `update issuer_keys set retires_at = now() + interval '65 minutes' where purpose = 'cookie' and retires_at is null`,
    );
    await insertCookieKey(tx, current);
    return insertSigningKey(tx, current);
  });
}

/**
 * Ends a signing key: what it has signed is no longer valid, within a minute everywhere. Where it is the only one, another is made, which
 * signs at once.
 *
 * @returns the `kid` of the one that was made, if one was; `undefined` when there is no such key
 */
export function retireKey(access: KeyAccess, kid: string): Promise<{ readonly made?: string } | undefined> {
  return changeKeys(access, async (tx, { current }) => {
    const { rowCount } = await tx.query(`delete from issuer_keys where purpose = 'signing' and kid = $1 and ${LIVE}`, [
      kid,
    ]);
    if (rowCount === 0) return undefined;
    const staying = (await liveKeyRows(tx)).some((row) => row.purpose === 'signing' && row.retires_at === null);
    return staying ? {} : { made: await insertSigningKey(tx, current) };
  });
}

/** Gives all keys up, those that cannot be read among them, and makes new ones: every token ends. @returns the new `kid` */
export function resetKeys({ pool, secret }: KeyAccess): Promise<string> {
  return inTransaction(pool, async (tx) => {
    await lockKeys(tx);
    await tx.query('delete from issuer_keys');
    await fillUp(tx, secret);
    const { rows } = await tx.query<{ kid: string }>(`select kid from issuer_keys where purpose = 'signing'`);
    return rows[0]?.kid as string;
  });
}
