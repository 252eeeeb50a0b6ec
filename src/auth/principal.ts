import { createHash } from 'node:crypto';
import { fromHex24, parseId } from '../task/ids.ts';
import type { Submitter } from '../task/task.ts';
import { cut, isLonger } from '../task/text/characters.ts';

/** Who makes a request, and what the bearer token lets them do. */
export interface Principal {
  /** A UUID that is the same for the same subject of the same issuer, always. */
  readonly id: string;
  /** A program that acts for itself, or a person. */
  readonly kind: 'client' | 'user';
  /** UUIDs of the organizations the token may see. */
  readonly organizations: ReadonlySet<string>;
  /** Names as the token gives them; one that this program does not know unlocks nothing. */
  readonly permissions: ReadonlySet<string>;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly fullName?: string;
  readonly picture?: string;
  /** The OAuth client through which the token was had, as its issuer spells it. */
  readonly clientId?: string;
  /** The `jti` of a token with its own request limit. */
  readonly tokenId?: string;
}

/** Lengths of `createdBy` (docs/api/organizations.md "The task object"). */
const MAX_LENGTH = { email: 256, firstName: 128, lastName: 128, fullName: 128, picture: 2048 } as const;

/** The snapshot of `principal` that is stored with what it made; members without a value are left out. */
export function createdBy(principal: Principal): Submitter {
  const snapshot: { -readonly [K in keyof Submitter]: Submitter[K] } = { id: principal.id };
  for (const member of ['email', 'firstName', 'lastName', 'fullName', 'picture'] as const) {
    const value = principal[member];
    if (value === undefined) continue;
    // Half an address is another address, or none: such a value is left out; a name is cut.
    if (!isLonger(value, MAX_LENGTH[member])) snapshot[member] = value;
    else if (member !== 'email' && member !== 'picture') snapshot[member] = cut(value, MAX_LENGTH[member]);
  }
  return snapshot;
}

/**
 * The id of `subject` at `issuer`: the subject itself where it is one of our ids, else the first 96 bits of a hash over
 * both, since two issuers may well call two people by the same subject.
 */
export function principalId(issuer: string, subject: string): string {
  const own = parseId(subject);
  if (own !== undefined) return own;
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
  return fromHex24(digest.slice(0, 24));
}
