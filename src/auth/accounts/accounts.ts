import type { Queryable } from '../../store/connection/pool.ts';
import { newId, parseId, toHex24 } from '../../task/ids.ts';
import { ALL_PERMISSIONS, isPermission, type Permission } from '../permissions.ts';
import type { PersonClaims } from '../tokens/claims/claims.ts';
import { passwordMatches } from './passwords.ts';

/** A person's account at the embedded issuer. */
export interface Account {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  /** UUIDs; `undefined`: all there are, and those made later. */
  readonly organizations: readonly string[] | undefined;
  readonly permissions: readonly Permission[];
}

export interface NewAccount {
  readonly name: string;
  /** As stored (`hashPassword`); without it, the account cannot sign in until one is set. */
  readonly password?: string;
  /** UUIDs; not given: all there are, and those made later. */
  readonly organizations?: readonly string[];
  /** Not given: all there are when it signs in. */
  readonly permissions?: readonly Permission[];
}

export interface ListedAccount extends Account {
  /** Whether the account can sign in. */
  readonly hasPassword: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Characters. */
export const MAX_NAME_LENGTH = 128;

/** A name in its stored form, without surrounding spaces; `undefined` if it is not valid. */
export function accountName(text: string): string | undefined {
  const name = text.normalize('NFC').trim();
  // Nothing that cannot be seen: two names must not look alike for it.
  return name === '' || name.length > MAX_NAME_LENGTH || /\p{C}/u.test(name) ? undefined : name;
}

/** The name as names are compared. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** What is read of an account; `password` and `created_at` beside it. */
const COLUMNS = 'id, name, organizations, permissions, password, created_at';

interface Row {
  id: string;
  name: string;
  organizations: string[] | null;
  permissions: string[] | null;
  password: string | null;
  created_at: Date;
}

/** @returns its id, a UUID; `undefined` when the name is taken */
export async function insertAccount(db: Queryable, account: NewAccount): Promise<string | undefined> {
  const { name, password, organizations, permissions } = account;
  const { rows } = await db.query<{ id: string }>(
    `insert into accounts (id, name, key, password, organizations, permissions) values ($1, $2, $3, $4, $5, $6)
     on conflict (key) do nothing returning id`,
    [newId(), name, nameKey(name), password ?? null, organizations ?? null, permissions ?? null],
  );
  return rows[0]?.id;
}

/** @param accountId in either spelling */
export async function findAccount(db: Queryable, accountId: string): Promise<Account | undefined> {
  const id = parseId(accountId);
  if (id === undefined) return undefined;
  const { rows } = await db.query<Row>(`select ${COLUMNS} from accounts where id = $1`, [id]);
  return rows[0] && toAccount(rows[0]);
}

export async function findAccountByName(db: Queryable, name: string): Promise<Account | undefined> {
  const row = await findRow(db, name);
  return row && toAccount(row);
}

/** The account of that name and password. Takes as long if there is none. */
export async function checkPassword(
  db: Queryable,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<Account | undefined> {
  const row = await findRow(db, name);
  const matches = await passwordMatches(password, row?.password ?? undefined);
  return row && matches ? toAccount(row) : undefined;
}

/** All of them, by name. */
export async function listAccounts(db: Queryable): Promise<ListedAccount[]> {
  const { rows } = await db.query<Row>(`select ${COLUMNS} from accounts order by key`);
  return rows.map((row) => ({
    ...toAccount(row),
    hasPassword: row.password !== null,
    createdAt: row.created_at.toISOString(),
  }));
}

/** Removes an account; with it go its sessions, at once. @returns whether there was one */
export async function removeAccount(db: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from accounts where key = $1', [nameKey(name)]);
  return rowCount === 1;
}

/** What tokens say of an account's owner. A name that is an e-mail address is given as that, too. */
export function personClaims({ name }: Account): PersonClaims {
  return { name, ...(/^[^\s@]+@[^\s@]+$/.test(name) && { email: name }) };
}

/** What access tokens say of the organizations that it may see, as 24 hex digits. */
export function organizationsClaim({ organizations }: Account): { organizations: string[] } {
  return { organizations: organizations?.map(toHex24) ?? [EVERY_ORGANIZATION] };
}

/** Stands for all organizations in the tokens of the embedded issuer, so that one made later is among them; no slug is like it. */
export const EVERY_ORGANIZATION = '*';

async function findRow(db: Queryable, name: string): Promise<Row | undefined> {
  // PostgreSQL knows no NUL in a text, and would refuse the query.
  if (name.includes('\0')) return undefined;
  const { rows } = await db.query<Row>(`select ${COLUMNS} from accounts where key = $1`, [nameKey(name)]);
  return rows[0];
}

function toAccount({ id, name, organizations, permissions }: Row): Account {
  return {
    id,
    name,
    organizations: organizations ?? undefined,
    permissions: permissions?.filter(isPermission) ?? ALL_PERMISSIONS,
  };
}
