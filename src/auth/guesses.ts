import type { Queryable } from '../store/pool.ts';
import { takePermits } from '../store/rate-limits.ts';
import { nameKey } from './accounts.ts';
import { hashSecret } from './clients.ts';

/** Attempts to sign in; all of them are there again after so long, s. */
const SECONDS = 600;
const FOR_ONE_NAME = 10;
/** More: an office is behind one address. */
const FROM_ONE_ADDRESS = 100;

/**
 * Counts an attempt to sign in, in the database, which all processes share. It is counted by the name that was given, whether there
 * is such an account or not, and by where it came from.
 *
 * @returns seconds until another one is allowed; 0 when this one is
 */
export async function countGuess(db: Queryable, guess: { name: string; address: string }): Promise<number> {
  // A tab is in no client id: nobody's bucket is another's. Hashed, since people type passwords where a name belongs.
  const buckets = [
    { client: `sign-in\tfrom ${guess.address}`, budget: FROM_ONE_ADDRESS },
    { client: `sign-in\tas ${hashSecret(nameKey(guess.name))}`, budget: FOR_ONE_NAME },
  ];
  for (const bucket of buckets) {
    const { granted, left } = await takePermits(db, { ...bucket, wanted: 1, seconds: SECONDS });
    if (granted === 0) return Math.ceil(((1 - left) * SECONDS) / bucket.budget);
  }
  return 0;
}
