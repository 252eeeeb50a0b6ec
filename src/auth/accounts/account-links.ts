import { inTransaction, type Pool, type Queryable, type Transaction } from '../../store/connection/pool.ts';
import { hashSecret, newSecret } from '../clients/clients.ts';
import { findAccountByName, insertAccount, type NewAccount } from './accounts.ts';
import { hashPassword } from './passwords.ts';

/** The key of the advisory lock under which links are used, one at a time: two of them may both be for the first account. */
const LOCK = '8029464465138510189';
/** For so long a link can be used. */
const HOURS = 24;

/** Whether the link `l` of a token (`$1`, hashed) can be used: one for the first account only while there is none. */
const USABLE = `l.token_hash = $1 and l.expires_at > now() and (l.account_id is not null or not exists (select from accounts))`;

/** A link that can still be used. */
export interface Link {
  /** Of the account whose password it sets; `undefined`: it makes the first account. */
  readonly name: string | undefined;
}

/**
 * Creates a link for creating the first account, while there are none. Earlier links stay valid: several servers can start.
 * @returns its token: 256 random bits in base64url, stored as a hash only; `undefined` when there is an account
 */
export async function offerFirstAccount(db: Queryable): Promise<string | undefined> {
  const { rows } = await db.query('select from accounts limit 1');
  return rows.length > 0 ? undefined : insertLink(db, null);
}

/** Makes an account and the link by which its password is set. @returns the link's token; `undefined` when the name is taken */
export async function inviteAccount(pool: Pool, account: NewAccount): Promise<string | undefined> {
  return inTransaction(pool, async (tx) => {
    const id = await insertAccount(tx, account);
    return id && insertLink(tx, id);
  });
}

/** Creates the only link to reset the password of an account. @returns its token; `undefined` without such an account */
export async function resetAccount(pool: Pool, name: string): Promise<string | undefined> {
  return inTransaction(pool, async (tx) => {
    const account = await findAccountByName(tx, name);
    if (!account) return undefined;
    await tx.query('delete from account_links where account_id = $1', [account.id]);
    return insertLink(tx, account.id);
  });
}

/** The link of that token, while it can be used. */
export async function findLink(db: Queryable, token: string): Promise<Link | undefined> {
  const { rows } = await db.query<{ name: string | null }>(
    `select a.name from account_links l left join accounts a on a.id = l.account_id where ${USABLE}`,
    [hashSecret(token)],
  );
  return rows[0] && { name: rows[0].name ?? undefined };
}

/**
 * Uses a link, which only one of any number can: it makes the first account, with all rights, or sets the password of an
 * account. Its sessions end, since others may have known the old password.
 *
 * @param name of the first account; of no meaning for the others
 * @returns whether it could be used
 */
export async function useLink(
  pool: Pool,
  token: string,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<boolean> {
  // It may have waited for its turn.
  if (!(await findLink(pool, token))) return false;
  // Before the transaction, which must not be open for as long as this takes.
  const stored = await hashPassword(password);
  return inTransaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const { rows } = await tx.query<{ account_id: string | null }>(
      `delete from account_links l where ${USABLE} returning account_id`,
      [hashSecret(token)],
    );
    if (!rows[0]) return false;
    const { account_id: accountId } = rows[0];
    if (accountId === null) {
      await insertAccount(tx, { name, password: stored });
      await tx.query('delete from account_links where account_id is null');
    } else {
      await tx.query('update accounts set password = $2 where id = $1', [accountId, stored]);
      await endSessions(tx, accountId);
    }
    return true;
  });
}

async function endSessions(tx: Transaction, accountId: string): Promise<void> {
  await tx.query('delete from sessions where account_id = $1', [accountId]);
  await tx.query('delete from issuer_entries where account_id = $1', [accountId]);
}

async function insertLink(db: Queryable, accountId: string | null): Promise<string> {
  const token = newSecret();
  await db.query(
    'insert into account_links (token_hash, account_id, expires_at) values ($1, $2, now() + make_interval(hours => $3))',
    [hashSecret(token), accountId, HOURS],
  );
  return token;
}
