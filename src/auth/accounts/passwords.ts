import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';

/**
 * scrypt, since every Node that the program runs on has it (argon2 came with 24.7). The cost is one of those that OWASP's Password
 * Storage Cheat Sheet takes for equal, with 32 MB: 0.3 s of one core here.
 */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
/**
 * A hash has a thread of the four that read and write files, too, and a core: with 60 at a time, uploads waited for all of them. So many
 * are made at once, and so many wait, the last one for 20 s.
 */
export const HASHING = { atOnce: availableParallelism() < 4 ? 1 : 2, waiting: 64 } as const;

/** Bytes. */
const SALT_LENGTH = 16;
const HASH_LENGTH = 32;

/** Characters at least, and no other rule of what they are (NIST SP 800-63B §5.1.1.2). */
export const MIN_PASSWORD_LENGTH = 12;

/** Those of at least twelve characters that every list of leaked passwords has on top. */
const COMMON = new Set(
  `123456789012 1234567890123 12345678901234 1234567890123456 0123456789012 012345678910 123123123123 121212121212 111111111111
  000000000000 987654321098 098765432109 qwertyuiopas qwertyuiop123 qwertyuiop12 qwerty123456 1q2w3e4r5t6y 1qaz2wsx3edc q1w2e3r4t5y6
  abcdefghijkl abcdefgh1234 abcd12345678 aaaaaaaaaaaa asdfghjkl123 passwordpassword password1234 password12345 password123456
  administrator administrator1 iloveyou1234 letmein12345 welcome12345 changeme1234 changemenow1`.split(/\s+/),
);

/** Why a password is not taken. */
export type PasswordFault = 'short' | 'common';

/** What is wrong with a new password, if anything. @param name of its account, which is no secret */
export function passwordFault(password: string, name: string): PasswordFault | undefined {
  if ([...password.normalize('NFKC')].length < MIN_PASSWORD_LENGTH) return 'short';
  const simple = password.normalize('NFKC').toLowerCase();
  return COMMON.has(simple) || simple === name.normalize('NFKC').toLowerCase() ? 'common' : undefined;
}

/** The stored form of a password: `scrypt$N$r$p$salt$hash`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_LENGTH);
  const hash = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** The hash of an unknown password, never accepted: the password for an unknown name is compared with it. */
const NOBODYS = ['scrypt', COST.N, COST.r, COST.p, ...[SALT_LENGTH, HASH_LENGTH].map(randomText)].join('$');

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/**
 * Whether this is the password that was stored so. Where none was, it takes as long to say no.
 * @throws Error when what was stored is nothing that `hashPassword` made
 */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  const [scheme, N, r, p, salt = '', hash = ''] = (stored ?? NOBODYS).split('$');
  if (scheme !== 'scrypt' || hash === '') throw new Error('a stored password cannot be read');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt, 'base64url'), cost);
  const equal = timingSafeEqual(given, Buffer.from(hash, 'base64url'));
  return equal && stored !== undefined;
}

/** NFKC, so that the same password typed on another keyboard is the same (NIST SP 800-63B §5.1.1.2). */
function derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  const maxmem = 2 * 128 * cost.N * cost.r;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_LENGTH, { ...cost, maxmem }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });
}
