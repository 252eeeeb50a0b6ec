import type { Pool } from '../store/pool.ts';
import { EVERY_ORGANIZATION } from './accounts.ts';
import { findClient } from './clients.ts';
import { audienceOf } from './issuer-identity.ts';
import { embeddedKeys } from './issuer-keys.ts';
import { createVerifier, type Verifier } from './verify-token.ts';

export interface EmbeddedVerifierOptions {
  readonly pool: Pool;
  /** URL; what `issuerIdentity` gives. */
  readonly issuer: string;
  readonly now?: () => number;
}

/** Verifies the tokens of the embedded issuer, with nothing but its database. */
export function embeddedVerifier(options: EmbeddedVerifierOptions): Verifier {
  const { pool, issuer } = options;
  return createVerifier({
    issuer,
    audience: audienceOf(issuer),
    keys: embeddedKeys({ pool }),
    findOrganizations: (words) => findEveryOrganization(pool, words),
    isActiveClient: async (clientId) => (await findClient({ pool }, clientId)) !== undefined,
    ...(options.now && { now: options.now }),
  });
}

/** The UUIDs of all organizations, for the token of an account that may see all. */
async function findEveryOrganization(pool: Pool, words: readonly string[]): Promise<string[]> {
  if (!words.includes(EVERY_ORGANIZATION)) return [];
  const { rows } = await pool.query<{ id: string }>('select id from organizations');
  return rows.map(({ id }) => id);
}
