import { createPublicKey } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { IssuerError, type JsonObject } from '../issuer/issuer-request.ts';

/** Everything that finds or makes a public key (RFC 7517, RFC 7518 §6); nothing private, no certificates. */
const MEMBERS = ['kty', 'kid', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y'] as const;
/** RFC 7518 §3.3; jose uses no shorter one. */
const MIN_RSA_BITS = 2048;

/**
 * The keys of a set that can be used. One that cannot is passed over: it must neither keep the others from serving nor be
 * found broken only by the token that names it.
 * @throws IssuerError when it is no key set at all (RFC 7517 §5)
 */
export function readableKeys(document: JsonObject): JSONWebKeySet {
  const { keys } = document;
  if (!Array.isArray(keys)) throw new IssuerError('the issuer sent a key set without keys');
  return { keys: keys.flatMap((key: unknown) => readKey(key) ?? []) };
}

function readKey(key: unknown): JWK | undefined {
  if (typeof key !== 'object' || key === null) return undefined;
  const given = key as JsonObject;
  const members = MEMBERS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]));
  const jwk: JWK = Object.fromEntries(members);
  try {
    const { modulusLength = MIN_RSA_BITS } = createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails ?? {};
    return modulusLength >= MIN_RSA_BITS ? jwk : undefined;
  } catch {
    return undefined;
  }
}
