import type { Queryable } from '../../store/connection/pool.ts';
import { takePermits } from '../../store/platform/rate-limits.ts';
import { hashSecret } from '../clients/clients.ts';
import { knownPlaces, type SignInPlace } from '../sessions/sign-in-places.ts';
import { nameKey } from './accounts.ts';

/** Attempts to sign in; all of them are there again after so long, s. */
const SECONDS = 600;
const FOR_ONE_NAME = 10;
/** For all addresses together from which this name has not signed in. */
const FOR_ONE_NAME_FROM_STRANGERS = 60;
/** More: an office is behind one address. */
const FROM_ONE_ADDRESS = 100;

/**
 * Counts an attempt to sign in, in the database, which all processes share. It is counted by the name that was given, whether there
 * is such an account or not, and by where it came from.
 *
 * A browser that has signed in with this name before has separate attempts, which nobody else can use up. An address that has is
 * not touched by what others try, but by what comes from itself. So strangers can shut out strangers, and nobody who is known: what is
 * left to an attacker with many addresses is one attempt in ten seconds (OWASP, "Slow Down Online Guessing Attacks with Device
 * Cookies").
 *
 * @returns seconds until another one is allowed; 0 when this one is
 */
export async function countGuess(db: Queryable, guess: SignInPlace & { readonly name: string }): Promise<number> {
  const { name, address, device } = guess;
  // A tab is in no client id: nobody's bucket is another's. Hashed, since people type passwords where a name belongs.
  const key = hashSecret(nameKey(name));
  const known = await knownPlaces(db, name, guess);
  if (known.device && device !== undefined) {
    const own = `sign-in\tas ${key} on ${hashSecret(device)}`;
    if ((await take(db, own, FOR_ONE_NAME)) === 0) return 0;
  }
  const buckets: [client: string, budget: number][] = [
    [`sign-in\tfrom ${address}`, FROM_ONE_ADDRESS],
    [`sign-in\tas ${key} at ${address}`, FOR_ONE_NAME],
  ];
  if (!known.address) buckets.push([`sign-in\tby strangers as ${key}`, FOR_ONE_NAME_FROM_STRANGERS]);
  for (const [client, budget] of buckets) {
    const wait = await take(db, client, budget);
    if (wait > 0) return wait;
  }
  return 0;
}

async function take(db: Queryable, client: string, budget: number): Promise<number> {
  const { granted, left } = await takePermits(db, { client, budget, wanted: 1, seconds: SECONDS });
  return granted === 0 ? Math.ceil(((1 - left) * SECONDS) / budget) : 0;
}
