import { isIP } from 'node:net';
import { z } from 'zod';

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((url) => !hasCredentials(url), 'must not contain a user or password')
  .transform((url) => url.replace(/\/+$/, ''));

function hasCredentials(text: string): boolean {
  const { username = '', password = '' } = URL.parse(text) ?? {};
  return username !== '' || password !== '';
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const ISSUER = 'must be an https URL without query and fragment (http is allowed only for localhost)';

/** As it was written: what tokens name as their issuer is compared with it to the letter. */
export const issuer = z.string().refine((text) => {
  const url = URL.parse(text);
  if (!url || /[?#\s]/.test(text) || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}, ISSUER);

const ADOPT =
  'must be entries such as acme=sales.*, *=shared.prices or acme=crm:sales.*, separated by commas: organization=schema.table, with a connection and a colon before the schema if the table is in another database';

/** Tables that organizations can adopt. */
export const adoption = z
  .string()
  .transform((text) =>
    text.split(',').map((entry) => /^([A-Za-z0-9-]+|\*)=(?:([a-z][a-z0-9_]*):)?([^.*:\s]+)\.(\S+)$/.exec(entry.trim())),
  )
  .refine((entries) => entries.every(Boolean), ADOPT)
  .transform((entries) =>
    entries.map((entry) => ({
      ...{ slug: `${entry?.[1]}`, schema: `${entry?.[3]}`, table: `${entry?.[4]}` },
      ...(entry?.[2] !== undefined && { connection: entry[2] }),
    })),
  );

export const claimNames = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every(Boolean), 'must be names of claims, separated by commas');

const PROXIES = 'must be addresses or networks such as 10.0.0.7 or 10.0.0.0/8, or loopback, separated by commas';

export const proxies = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((all) => all.every((each) => each === 'loopback' || isNetwork(each)), PROXIES);

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : 0;
  return rest.length === 0 && length > 0 && length <= longest;
}

const ORIGINS =
  'must be origins such as https://app.example or http://localhost:5173, separated by commas, without a path, trailing slash or *';

export const origins = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((all) => all.every((each) => /^https?:/.test(each) && URL.parse(each)?.origin === each), ORIGINS);

/** What the driver would decode, so that it fails here and not there. */
function isDecodable(text: string): boolean {
  const { username = '', password = '', pathname = '' } = URL.parse(text) ?? {};
  try {
    return [username, password, pathname].map(decodeURIComponent).length > 0;
  } catch {
    return false;
  }
}

/** 32 bytes: as many as the key has that is made of them. */
const SECRET_BYTES = 32;
const HEX = /^(?:[0-9a-f]{2})+$/i;
const BASE64 = /^[\w+/-]+={0,2}$/;

/** Random bytes, written in hex, base64 or base64url; `undefined` for anything else, or if it is too short to be secure. */
export function readSecret(text: string): Buffer | undefined {
  const bytes = HEX.test(text) ? Buffer.from(text, 'hex') : BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
  return bytes && bytes.length >= SECRET_BYTES ? bytes : undefined;
}

export const secret = z
  .string()
  .refine(
    (text) => readSecret(text) !== undefined,
    `must be at least ${SECRET_BYTES} random bytes in base64 or hex, such as "openssl rand -base64 ${SECRET_BYTES}" prints; a passphrase is too weak`,
  );

export const databaseUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a PostgreSQL URL such as postgres://user:password@host:5432/openbulk',
  })
  .refine(isDecodable, 'must encode each % in its user, password or database as %25');
