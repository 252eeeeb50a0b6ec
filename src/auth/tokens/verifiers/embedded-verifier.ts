import type { Pool } from '../../../store/connection/pool.ts';
import { parseId } from '../../../task/ids.ts';
import { EVERY_ORGANIZATION } from '../../accounts/accounts.ts';
import { COMMAND_LINE_CLIENT } from '../../clients/command-line-tokens.ts';
import { audienceOf } from '../../issuer/issuer-identity.ts';
import { embeddedKeys } from '../../keys/issuer-keys.ts';
import { LIVE } from '../../keys/key-rows.ts';
import { createVerifier, type TokenMarks, type Verifier } from '../verify-token.ts';

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
    isRevoked: (marks) => isRevoked(pool, marks),
    // They all have the same client: each has its own rate limit.
    isOwnBucket: (clientId) => clientId === COMMAND_LINE_CLIENT,
    ...(options.now && { now: options.now }),
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Whether a token was ended since it was signed: the key that signed it was retired, its client was revoked, or it was printed on
 * the command line and revoked itself.
 */
async function isRevoked(pool: Pool, { kid, clientId, id }: TokenMarks): Promise<boolean> {
  const printed = clientId === COMMAND_LINE_CLIENT;
  if (printed && !UUID.test(id ?? '')) return true;
  const { rows } = await pool.query<{ good: boolean }>(
    `select exists (select from issuer_keys where purpose = 'signing' and kid = $1 and ${LIVE})
        and ($2::uuid is null or exists (select from clients where id = $2 and revoked_at is null))
        and ($3::uuid is null or exists (select from command_line_tokens where id = $3 and revoked_at is null)) as good`,
    // What is not an id of ours is no client of the database.
    [kid ?? null, (clientId && parseId(clientId)) ?? null, printed ? id : null],
  );
  return rows[0]?.good !== true;
}

/** The UUIDs of all organizations, for the token of an account that may see all. */
async function findEveryOrganization(pool: Pool, words: readonly string[]): Promise<string[]> {
  if (!words.includes(EVERY_ORGANIZATION)) return [];
  const { rows } = await pool.query<{ id: string }>('select id from organizations');
  return rows.map(({ id }) => id);
}
