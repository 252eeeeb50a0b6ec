import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import fc from 'fast-check';
import type { JSONWebKeySet, JWK } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { newId, toHex24 } from '../../task/ids.ts';
import { TokenError } from './token-error.ts';
import { createVerifier, type VerifierOptions } from './verify-token.ts';

const issuer = 'https://bulk.example/oauth2';
const audience = 'https://bulk.example';
const START = Date.UTC(2026, 0, 31, 9);
const seconds = START / 1000;
const organization = newId();
const clientId = newId();

const ours = keyPair('ours');
const theirs = keyPair('theirs');

function keyPair(kid: string): { kid: string; privateKey: KeyObject; jwk: JWK } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    kid,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kty: 'RSA', kid, alg: 'RS256', use: 'sig' },
  };
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

const header = { alg: 'RS256', typ: 'at+jwt', kid: 'ours' };
const claims = {
  iss: issuer,
  aud: audience,
  sub: toHex24(clientId),
  client_id: toHex24(clientId),
  organization: toHex24(organization),
  scope: 'base.bulk.management.list',
  iat: seconds,
  exp: seconds + 3600,
};

/** Signed by hand: what must be refused, no library signs. */
function token(change: { header?: object; claims?: object; key?: KeyObject } = {}): string {
  const input = `${encode({ ...header, ...change.header })}.${encode({ ...claims, ...change.claims })}`;
  return `${input}.${sign('sha256', Buffer.from(input), change.key ?? ours.privateKey).toString('base64url')}`;
}

function setUp(options: Partial<VerifierOptions> = {}) {
  const clock = { now: START };
  const load = vi.fn(async (): Promise<JSONWebKeySet> => ({ keys: [ours.jwk] }));
  const verifier = createVerifier({ issuer, audience, keys: { load }, now: () => clock.now, ...options });
  return { clock, load, verify: verifier.verify };
}

async function refusal(attempt: Promise<unknown>): Promise<TokenError> {
  const error = await attempt.then(
    () => new Error('was accepted'),
    (reason: unknown) => reason,
  );
  if (error instanceof TokenError) return error;
  throw error;
}

test('a token of the issuer gives its principal', async () => {
  const principal = await setUp().verify(token());
  expect(principal).toEqual({
    id: clientId,
    kind: 'client',
    clientId: toHex24(clientId),
    organizations: new Set([organization]),
    permissions: new Set(['base.bulk.management.list']),
  });
});

describe('refused as invalid', () => {
  const hmacOverPublicKey = (): string => {
    const pem = createPublicKey({ key: ours.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
  };
  const tampered = (): string => {
    const [head, , signature] = token().split('.');
    return `${head}.${encode({ ...claims, scope: 'base.bulk.management.delete' })}.${signature}`;
  };
  const cases: Record<string, () => string> = {
    'alg none, unsigned': () => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
    'alg None in another case': () => `${encode({ ...header, alg: 'nOnE' })}.${encode(claims)}.`,
    'alg none with a true signature': () => token({ header: { alg: 'none' } }),
    'HS256 signed with the public key': hmacOverPublicKey,
    'a jku that names another key set': () =>
      token({ header: { jku: 'https://evil.example/jwks' }, key: theirs.privateKey }),
    'a jwk of its own, by our kid': () => token({ header: { jwk: theirs.jwk }, key: theirs.privateKey }),
    'a jwk of its own, without kid': () =>
      token({ header: { jwk: theirs.jwk, kid: undefined }, key: theirs.privateKey }),
    'an x5u of its own': () => token({ header: { x5u: 'https://evil.example/cert' }, key: theirs.privateKey }),
    'an unknown critical extension': () => token({ header: { crit: ['x'], x: 1 } }),
    'an unknown kid': () => token({ header: { kid: 'theirs' }, key: theirs.privateKey }),
    'another issuer': () => token({ claims: { iss: 'https://evil.example/oauth2' } }),
    'no issuer': () => token({ claims: { iss: undefined } }),
    'another audience': () => token({ claims: { aud: 'https://other.example' } }),
    'no audience': () => token({ claims: { aud: undefined } }),
    'an audience that only begins as ours': () => token({ claims: { aud: `${audience}.evil.example` } }),
    'no expiry': () => token({ claims: { exp: undefined } }),
    'an expiry that is no number': () => token({ claims: { exp: 'never' } }),
    'no subject': () => token({ claims: { sub: undefined } }),
    'a subject that is no string': () => token({ claims: { sub: { $ne: null } } }),
    'an ID token': () => token({ header: { typ: 'JWT' } }),
    'a changed payload': tampered,
    'a changed signature': () => token().replace(/.{8}$/, 'AAAAAAAA'),
    'five parts': () => `${token()}.x.y`,
    'two parts': () => token().split('.').slice(0, 2).join('.'),
    nothing: () => '',
    dots: () => '..',
    'a header that is no object': () => `${encode(null)}.${encode(claims)}.AAAA`,
    'claims that are no object': () => {
      const input = `${encode(header)}.${encode([])}`;
      return `${input}.${sign('sha256', Buffer.from(input), ours.privateKey).toString('base64url')}`;
    },
  };

  test.each(Object.entries(cases))('%s', async (_name, make) => {
    const error = await refusal(setUp().verify(make()));
    expect({ kind: error.kind, message: error.message }).toEqual({
      kind: 'invalid',
      message: 'The access token is invalid',
    });
  });

  test('any text at all', async () => {
    const { verify } = setUp();
    const part = fc.oneof(
      fc.string(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.tuple(part, part, part).map((parts) => parts.join('.')),
          headerOf(part),
        ),
        async (text) => {
          expect((await refusal(verify(text))).kind).toBe('invalid');
        },
      ),
      { numRuns: 500, seed: 20260131 },
    );
  });

  /** Headers that get past the algorithm check, with anything in their other members. */
  function headerOf(part: fc.Arbitrary<string>): fc.Arbitrary<string> {
    const members = fc.record({ kid: fc.jsonValue(), typ: fc.jsonValue(), crit: fc.jsonValue(), b64: fc.jsonValue() });
    const partial = fc.tuple(members, fc.subarray(['kid', 'typ', 'crit', 'b64'] as const), part, part);
    return partial.map(([all, names, payload, signature]) => {
      const chosen = Object.fromEntries(names.map((name) => [name, all[name]]));
      return `${encode({ alg: 'RS256', ...chosen })}.${payload}.${signature}`;
    });
  }

  test('a token of 10 MB, at once and without a look at it', async () => {
    const { verify, load } = setUp();
    const started = performance.now();
    const error = await refusal(verify(`${encode(header)}.${'a'.repeat(10_000_000)}.a`));
    expect(error.kind).toBe('invalid');
    expect(performance.now() - started).toBeLessThan(50);
    expect(load).not.toHaveBeenCalled();
  });

  test('a token one character too long, but not the longest allowed', async () => {
    const { verify } = setUp();
    const room = 16 * 1024 - token({ claims: { pad: '' } }).length;
    const long = token({ claims: { pad: 'x'.repeat(Math.floor(room * 0.75)) } });
    expect(long.length).toBeGreaterThan(16 * 1024 - 8);
    expect(long.length).toBeLessThanOrEqual(16 * 1024);
    await expect(verify(long)).resolves.toBeDefined();
    expect((await refusal(verify(token({ claims: { pad: 'x'.repeat(Math.floor(room * 0.75) + 12) } })))).kind).toBe(
      'invalid',
    );
  });
});

describe('time', () => {
  test('an expired token is refused, saying so, 5 s after its expiry and not before', async () => {
    const { verify, clock } = setUp();
    const short = token({ claims: { exp: seconds + 10 } });
    clock.now = START + 14_000;
    await expect(verify(short)).resolves.toBeDefined();
    clock.now = START + 15_000;
    const error = await refusal(verify(short));
    expect({ kind: error.kind, message: error.message }).toEqual({
      kind: 'invalid',
      message: 'The access token expired',
    });
  });

  test('a token is refused until 5 s before it becomes valid', async () => {
    const { verify, clock } = setUp();
    const future = token({ claims: { nbf: seconds + 60 } });
    clock.now = START + 54_000;
    expect((await refusal(verify(future))).kind).toBe('invalid');
    clock.now = START + 55_000;
    await expect(verify(future)).resolves.toBeDefined();
  });
});

describe('the cache', () => {
  test('spares verification for a minute, then asks again', async () => {
    const isRevoked = vi.fn(async () => false);
    const { verify, clock } = setUp({ isRevoked });
    const one = token();
    await verify(one);
    clock.now += 59_999;
    await verify(one);
    expect(isRevoked).toHaveBeenCalledTimes(1);
    clock.now += 1;
    await verify(one);
    expect(isRevoked).toHaveBeenCalledTimes(2);
  });

  test('never keeps a token past its expiry', async () => {
    const { verify, clock } = setUp();
    const short = token({ claims: { exp: seconds + 1 } });
    await verify(short);
    clock.now = START + 7_000;
    expect((await refusal(verify(short))).message).toBe('The access token expired');
  });

  test('counts its minute from before it was asked about, not from the answer', async () => {
    const clock = { now: START };
    let asked = 0;
    const isRevoked = async (): Promise<boolean> => {
      asked += 1;
      clock.now += 30_000;
      return false;
    };
    const { verify } = createVerifier({
      issuer,
      audience,
      keys: { load: async () => ({ keys: [ours.jwk] }) },
      now: () => clock.now,
      isRevoked,
    });
    await verify(token());
    clock.now = START + 60_000;
    await verify(token());
    expect(asked).toBe(2);
  });

  test('does not keep what was refused', async () => {
    let revoked = true;
    const { verify } = setUp({ isRevoked: async () => revoked });
    expect((await refusal(verify(token()))).kind).toBe('invalid');
    revoked = false;
    await expect(verify(token())).resolves.toBeDefined();
  });
});

describe('the keys', () => {
  test('a flood of made-up kids loads them once more in 30 s, and ours go on serving', async () => {
    const { verify, load, clock } = setUp();
    await verify(token());
    expect(load).toHaveBeenCalledTimes(1);
    const flood = async (): Promise<void> => {
      const made = Array.from({ length: 200 }, () => token({ header: { kid: randomBytes(8).toString('hex') } }));
      const errors = await Promise.all(made.map((each) => refusal(verify(each))));
      expect(errors.every((error) => error.kind === 'invalid')).toBe(true);
    };
    await flood();
    expect(load).toHaveBeenCalledTimes(1);
    clock.now += 29_999;
    await flood();
    expect(load).toHaveBeenCalledTimes(1);
    clock.now += 1;
    await flood();
    await flood();
    expect(load).toHaveBeenCalledTimes(2);
    await expect(verify(token({ claims: { jti: 'another' } }))).resolves.toBeDefined();
  });

  test('they are loaded once at a time, however long it takes', async () => {
    const { verify, load, clock } = setUp();
    const { promise, resolve } = Promise.withResolvers<JSONWebKeySet>();
    load.mockReturnValueOnce(promise);
    const first = verify(token());
    clock.now += 60_000;
    const second = verify(token());
    resolve({ keys: [ours.jwk] });
    await expect(Promise.all([first, second])).resolves.toHaveLength(2);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test('a new key is found by its first token, once 30 s have passed since they were loaded', async () => {
    const { verify, load, clock } = setUp();
    await verify(token());
    load.mockResolvedValue({ keys: [theirs.jwk, ours.jwk] });
    clock.now += 30_000;
    await expect(verify(token({ header: { kid: 'theirs' }, key: theirs.privateKey }))).resolves.toBeDefined();
  });

  test('a withdrawn key is no longer accepted after ten minutes', async () => {
    const { verify, load, clock } = setUp();
    await verify(token());
    load.mockResolvedValue({ keys: [theirs.jwk] });
    clock.now += 600_000;
    await verify(token({ claims: { jti: 'wakes the reload' } }));
    await vi.waitFor(async () => {
      expect((await refusal(verify(token({ claims: { jti: `${Math.random()}` } })))).kind).toBe('invalid');
    });
  });

  test("unreachable keys are our fault, not the token's, and are tried again a second later", async () => {
    const { verify, load, clock } = setUp();
    load.mockRejectedValueOnce(new Error('connection refused by 10.0.0.7'));
    const error = await refusal(verify(token()));
    expect({ kind: error.kind, message: error.message }).toEqual({
      kind: 'unavailable',
      message: 'The access token cannot be verified at the moment',
    });
    expect((await refusal(verify(token()))).kind).toBe('unavailable');
    expect(load).toHaveBeenCalledTimes(1);
    clock.now += 1_000;
    await expect(verify(token())).resolves.toBeDefined();
  });

  test("while they are unreachable, known keys serve, and an unknown kid is nobody's fault yet", async () => {
    const { verify, load, clock } = setUp();
    await verify(token());
    load.mockRejectedValue(new Error('down'));
    clock.now += 30_000;
    const strange = token({ header: { kid: 'theirs' }, key: theirs.privateKey });
    expect((await refusal(verify(strange))).kind).toBe('unavailable');
    expect((await refusal(verify(strange))).kind).toBe('unavailable');
    expect(load).toHaveBeenCalledTimes(2);
    await expect(verify(token({ claims: { jti: 'known key' } }))).resolves.toBeDefined();
    clock.now += 600_000;
    await expect(verify(token({ claims: { jti: 'even when old' } }))).resolves.toBeDefined();
  });
});

describe('a token that was ended', () => {
  test('by its client, its key or itself is refused', async () => {
    const { verify } = setUp({ isRevoked: async ({ clientId: client }) => client === toHex24(clientId) });
    const error = await refusal(verify(token()));
    expect({ kind: error.kind, message: error.message }).toEqual({
      kind: 'invalid',
      message: 'The access token was revoked',
    });
  });

  test('or not, while nobody can say, is not refused for good', async () => {
    const { verify } = setUp({ isRevoked: () => Promise.reject(new Error('down')) });
    expect((await refusal(verify(token()))).kind).toBe('unavailable');
  });

  test('is known by its key, its client and its own id', async () => {
    const isRevoked = vi.fn(async () => false);
    const { verify } = setUp({ isRevoked });
    await verify(token({ claims: { client_id: 'openbulk-cli', jti: 'an-id' } }));
    expect(isRevoked).toHaveBeenCalledExactlyOnceWith({ kid: ours.kid, clientId: 'openbulk-cli', id: 'an-id' });
  });
});
