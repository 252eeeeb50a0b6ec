import type { Queryable } from '../../store/connection/pool.ts';
import { nameKey } from '../accounts/accounts.ts';
import { hashSecret } from '../clients/clients.ts';

/** The place of a sign-in: device and address. */
export interface SignInPlace {
  /** As attempts are counted: see `addressOf`. */
  readonly address: string;
  /** The secret of a browser that has signed in here before, to whatever account. */
  readonly device: string | undefined;
}

/** Remembered of an account at most, the latest; an office on mobile phones has some. */
const PLACES = 40;
/** Days for which a place is remembered after its last sign-in. */
export const PLACE_DAYS = 180;

/** Those of the places from which the name has signed in before. */
export async function knownPlaces(
  db: Queryable,
  name: string,
  { address, device }: SignInPlace,
): Promise<{ readonly address: boolean; readonly device: boolean }> {
  const [ofAddress, ofDevice] = [hashOfAddress(address), device === undefined ? null : hashOfDevice(device)];
  const { rows } = await db.query<{ place_hash: string }>(
    `select place_hash from sign_in_places p join accounts a on a.id = p.account_id
      where a.key = $1 and p.place_hash in ($2, $3) and p.expires_at > now()`,
    // PostgreSQL knows no NUL in a text, and would refuse the query.
    [name.includes('\0') ? '' : nameKey(name), ofAddress, ofDevice],
  );
  const known = rows.map(({ place_hash: hash }) => hash);
  return { address: known.includes(ofAddress), device: ofDevice !== null && known.includes(ofDevice) };
}

/** Remembers the place of a sign-in. @param accountId UUID */
export async function rememberPlaces(
  db: Queryable,
  accountId: string,
  { address, device }: SignInPlace & { readonly device: string },
): Promise<void> {
  await db.query(
    `insert into sign_in_places (account_id, place_hash, expires_at)
     select $1, unnest($2::text[]), now() + make_interval(days => $3)
     on conflict (account_id, place_hash) do update set expires_at = excluded.expires_at`,
    [accountId, [hashOfAddress(address), hashOfDevice(device)], PLACE_DAYS],
  );
  await db.query(
    `delete from sign_in_places where account_id = $1 and place_hash in (
       select place_hash from sign_in_places where account_id = $1 order by expires_at desc offset $2)`,
    [accountId, PLACES],
  );
}

function hashOfAddress(address: string): string {
  return hashSecret(`address ${address}`);
}

function hashOfDevice(device: string): string {
  return hashSecret(`device ${device}`);
}
