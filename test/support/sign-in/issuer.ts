import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { JWK } from 'jose';

export interface TestKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** The public half. */
  readonly jwk: JWK;
}

/** What is answered at a path, if anything; a function is asked with the form of the request's body. */
export type Reply = Written | 'silence' | 'drops' | ((form: URLSearchParams, request: IncomingMessage) => Written);
interface Written {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** An authorization server elsewhere, over HTTP, that a test can bend. */
export interface TestIssuer {
  readonly url: string;
  /** The paths it was asked for, in order. */
  readonly asked: string[];
  /** What it answers, by path; a path that is not there is 404. */
  readonly replies: Map<string, Reply>;
  /** Its keys; the first signs. */
  readonly keys: TestKey[];
  /** What it says of opaque tokens. */
  readonly opaque: Map<string, object>;
  /** While true, it takes requests in and answers none. */
  silent: boolean;
  /** A token signed by its newest key, good for ten minutes, with these changes. */
  token(change?: TokenChange): string;
  /** Refuses connections, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface TokenChange {
  readonly header?: object;
  readonly claims?: object;
  readonly key?: TestKey;
}

export const AUDIENCE = 'https://bulk.example';
export const INTROSPECTION = { clientId: 'bulk: the server', clientSecret: 'p&q=ü%' };
/** RFC 8414 §3.1 for an issuer with a path. */
export const METADATA = '/.well-known/oauth-authorization-server/realms/x';
export const OPENID_METADATA = '/realms/x/.well-known/openid-configuration';
export const JWKS = '/realms/x/jwks';
export const INTROSPECT = '/realms/x/introspect';

/** An answer that never ends, a byte every 100 ms. */
function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(timer));
}

export function makeKey(kid: string): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kty: 'RSA', kid, alg: 'RS256', use: 'sig' };
  return { kid, privateKey, jwk };
}

export function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** Signed by hand: what must be refused, no library signs. */
export function signed(header: object, claims: object, key: KeyObject): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

export async function openTestIssuer(): Promise<TestIssuer> {
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const path = request.url ?? '';
    issuer.asked.push(path);
    const reply = issuer.replies.get(path) ?? { status: 404, body: { error: 'not_found' } };
    if (issuer.silent || reply === 'silence') return;
    if (reply === 'drops') return drip(response);
    const { status = 200, headers, body } = typeof reply === 'function' ? reply(form, request) : reply;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  });
  let port = 0;
  const start = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await start();
  const url = `http://127.0.0.1:${port}/realms/x`;
  const issuer: TestIssuer = {
    url,
    asked: [],
    replies: new Map(),
    keys: [makeKey('first')],
    opaque: new Map(),
    silent: false,
    token: ({ header, claims, key = issuer.keys[0] as TestKey } = {}) =>
      signed({ alg: 'RS256', kid: key.kid, typ: 'at+jwt', ...header }, { ...claimsOf(url), ...claims }, key.privateKey),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    start,
  };
  answerAsUsual(issuer);
  return issuer;
}

function answerAsUsual(issuer: TestIssuer): void {
  const { origin } = new URL(issuer.url);
  issuer.replies.set(METADATA, {
    body: { issuer: issuer.url, jwks_uri: origin + JWKS, introspection_endpoint: origin + INTROSPECT },
  });
  issuer.replies.set(JWKS, () => ({ body: { keys: issuer.keys.map(({ jwk }) => jwk) } }));
  issuer.replies.set(INTROSPECT, (form, request) => {
    const { clientId, clientSecret } = INTROSPECTION;
    const expected = `${encodeURIComponent(clientId).replaceAll('%20', '+')}:${encodeURIComponent(clientSecret)}`;
    const basic = `Basic ${Buffer.from(expected).toString('base64')}`;
    if (request.method !== 'POST' || request.headers.authorization !== basic) return { status: 401 };
    return { body: issuer.opaque.get(form.get('token') ?? '') ?? { active: false } };
  });
}

/** What the tokens allow: a route of each dialect. */
export const SCOPE = 'base.bulk.management.list activityid.user.bulk.list actions.bulk.job.list task.view';

function claimsOf(issuer: string) {
  const seconds = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'auth0|alice',
    client_id: 'portal',
    organization: 'acme',
    scope: SCOPE,
    iat: seconds,
    exp: seconds + 600,
  };
}
