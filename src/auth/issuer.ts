import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider, {
  type Adapter,
  type AdapterPayload,
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import { isOutage, type Pool } from '../store/pool.ts';
import { ownClaims } from './claims.ts';
import { findClient, secretMatches } from './clients.ts';
import { audienceOf } from './issuer-identity.ts';
import { type IssuerKeys, loadIssuerKeys, SIGNING_ALGORITHM } from './issuer-keys.ts';
import { ALL_PERMISSIONS, isPermission } from './permissions.ts';

export interface IssuerOptions {
  readonly pool: Pool;
  /** The issuer's URL (`issuerIdentity`), under which it is mounted: `http://127.0.0.1:8080/oauth2`. */
  readonly issuer: string;
  /** Seconds that a token lives; an hour when not given. */
  readonly tokenTtl?: number;
  /** Told of what is no fault of the request: a database that is gone, a bug. */
  readonly onError?: (error: Error) => void;
  /** Milliseconds since 1970; the clock of the machine when not given. */
  readonly now?: () => number;
}

/** The embedded authorization server: client credentials, its keys, its metadata, and nothing else. */
export interface Issuer {
  /** Answers a request whose body nobody has read, and whose `url` has lost the path that the issuer is mounted at. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
}

const RETRY_SECONDS = '5';
/** So old, ms, may be what a process knows of the keys: a new one does not sign before it is twice as old. */
const KEYS_INTERVAL = 30_000;

type RequestContext = Parameters<Parameters<Provider['use']>[0]>[0];

const DISCOVERY = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
/** oidc-provider has routes and metadata for flows that are switched off; what is not named here is not served. */
const ROUTES = new Set(['/token', '/jwks', ...DISCOVERY]);
const METADATA = new Set([
  'issuer',
  'token_endpoint',
  'jwks_uri',
  'scopes_supported',
  'response_types_supported',
  'grant_types_supported',
  'token_endpoint_auth_methods_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
]);

/**
 * Starts the embedded issuer; any number of processes on one database are one issuer.
 *
 * Its links come from `issuer` alone: neither `Host` nor `X-Forwarded-*` is believed, so behind a proxy it is the
 * configured URL that must be right.
 */
export async function createIssuer(options: IssuerOptions): Promise<Issuer> {
  const { pool, now = Date.now } = options;
  const report = (error: Error): void => options.onError?.(error);
  const first = await loadIssuerKeys(pool);
  let serving = { kids: kidsOf(first), callback: startProvider(options, first, report) };
  let lookedAt = now();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const keys = await loadIssuerKeys(pool);
    const kids = kidsOf(keys);
    if (kids !== serving.kids) serving = { kids, callback: startProvider(options, keys, report) };
  }

  /** A key that was added meanwhile is published without a restart. While the keys cannot be read, those from before serve. */
  function keysOfLate(): Promise<void> | undefined {
    if (now() - lookedAt >= KEYS_INTERVAL) {
      lookedAt = now();
      looking = look().catch(report);
    }
    return looking;
  }

  return {
    async handle(req, res): Promise<void> {
      await keysOfLate();
      await serving.callback(req, res);
    },
  };
}

/** oidc-provider has its keys for life; so new keys are a new one. */
function startProvider(options: IssuerOptions, keys: IssuerKeys, report: (error: Error) => void) {
  const provider = new Provider(options.issuer, configuration(options, keys));
  provider.Client.prototype.compareClientSecret = function compareClientSecret(this: Client, actual: string): boolean {
    return this.clientSecret?.split(' ').some((hash) => secretMatches(actual, hash)) ?? false;
  };
  // Koa prints to the console what nobody listens for. (oidc-provider's types hide that it is an emitter of this event.)
  const emitter: EventEmitter = provider;
  emitter.on('error', (error: Error, ctx: RequestContext) => {
    // A client that went away before its answer is no fault of ours.
    if (!ctx.req.socket.destroyed) report(error);
  });
  provider.on('server_error', (ctx, error) => answerFault(ctx, error, report));
  provider.use(answerAs(options.issuer, report));
  return provider.callback();
}

/** In the order in which they matter: the first signs. */
function kidsOf({ signing }: IssuerKeys): string {
  return signing.map(({ kid }) => kid).join(' ');
}

function configuration(options: IssuerOptions, keys: IssuerKeys): Configuration {
  const { pool, issuer, tokenTtl = 3600 } = options;
  const { origin } = new URL(issuer);
  const audience = audienceOf(issuer);
  const off = { enabled: false };
  return {
    adapter: (model) => new ClientsOnly(pool, model),
    // The first that fits signs.
    jwks: { keys: [...keys.signing] },
    cookies: { keys: [...keys.cookies] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    extraClientMetadata: { properties: ['organization', 'permissions'] },
    // A secret does not belong into a foreign page.
    clientBasedCORS: (_ctx, from) => from === origin,
    responseTypes: [],
    scopes: ALL_PERMISSIONS,
    claims: {},
    ttl: { ClientCredentials: tokenTtl },
    extraTokenClaims: (_ctx, { client }) => ({
      ...ownClaims(metadataOf(client).organization, client?.clientName ?? client?.clientId ?? ''),
    }),
    renderError: (ctx, out) => {
      // Asked for by a browser, too, an error is RFC 6749's JSON.
      ctx.type = 'json';
      ctx.body = out;
    },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: (ctx, resource, client) => grant(ctx, resource, client, audience),
      },
      devInteractions: off,
      dPoP: off,
      pushedAuthorizationRequests: off,
      rpInitiatedLogout: off,
      userinfo: off,
    },
  };
}

/** What the token may carry: the scope that was asked for, if the client has all of it; all it has, if none was. */
function grant(ctx: KoaContextWithOIDC, resource: string, client: Client, audience: string): ResourceServer {
  if (resource.replace(/\/$/, '') !== audience) throw new errors.InvalidTarget();
  const { permissions } = metadataOf(client);
  const params = ctx.oidc.params ?? {};
  const asked = typeof params.scope === 'string' ? params.scope.split(' ').filter(Boolean) : permissions;
  const tooMuch = asked.filter((name) => !permissions.includes(name));
  // Left to itself, oidc-provider drops what it does not know or the resource does not have, without a word.
  if (tooMuch.length > 0) throw new errors.InvalidScope('requested scope is not allowed', tooMuch.join(' '));
  // Read right after this: the one place where a default scope can be set for client credentials.
  params.scope = asked.join(' ') || undefined;
  return {
    audience,
    scope: permissions.join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: SIGNING_ALGORITHM } },
  };
}

/** What we keep of a client beside OAuth's own metadata. */
function metadataOf(client: Client | undefined): { organization: string; permissions: readonly string[] } {
  const organization = client?.organization;
  const permissions = client?.permissions;
  if (typeof organization !== 'string' || !Array.isArray(permissions)) throw new Error('a client without organization');
  return { organization, permissions: permissions.filter((name) => typeof name === 'string') };
}

/** The frame around oidc-provider: only our routes, links from the issuer's URL, every answer JSON. */
function answerAs(issuer: string, report: (error: Error) => void) {
  const mountPath = new URL(issuer).pathname.replace(/\/$/, '');
  return async (ctx: RequestContext, next: () => Promise<void>): Promise<void> => {
    const { url } = ctx.request;
    // Links are made from `href`, which is an absolute `originalUrl` as it stands, and from what the mount cut off.
    ctx.request.originalUrl = issuer + url;
    Object.assign(ctx.req, { originalUrl: mountPath + url });
    const path = ctx.path.replace(/\/$/, '');
    try {
      if (ROUTES.has(path)) await next();
      if (DISCOVERY.includes(path) && ctx.status === 200) ctx.body = supported(ctx.body);
    } catch (error) {
      answerFault(ctx, error instanceof Error ? error : new Error(String(error)), report);
    }
    if (ctx.status === 404) {
      ctx.body = { error: 'invalid_request', error_description: 'no such endpoint, or not with this method' };
      // Koa makes it 200 with the first body.
      ctx.status = 404;
    }
  };
}

/** What is no fault of the request: 503 while the database is away, so that a client tries again; else 500. */
function answerFault(
  ctx: Pick<RequestContext, 'set' | 'status' | 'body'>,
  error: Error,
  report: (error: Error) => void,
): void {
  report(error);
  const away = isOutage(error);
  ctx.status = away ? 503 : 500;
  if (away) ctx.set('retry-after', RETRY_SECONDS);
  ctx.body = away
    ? { error: 'temporarily_unavailable', error_description: 'no token can be issued at the moment; try again' }
    : { error: 'server_error', error_description: 'the request could not be answered' };
}

function supported(metadata: unknown): object {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([name]) => METADATA.has(name)));
}

/**
 * Clients, read from the database each time, so that a revoked one gets no token any more. Nothing else is ever stored:
 * tokens are JWTs, and the flows that need a store are off.
 */
class ClientsOnly implements Adapter {
  readonly #pool: Pool;
  readonly #model: string;

  constructor(pool: Pool, model: string) {
    this.#pool = pool;
    this.#model = model;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.#model !== 'Client') return undefined;
    const client = await findClient({ pool: this.#pool }, id);
    if (client === undefined) return undefined;
    return {
      client_id: client.clientId,
      client_name: client.name,
      // To oidc-provider a secret is any text; compareClientSecret reads this one.
      client_secret: client.secretHashes.join(' '),
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      organization: client.organizationId,
      permissions: client.permissions.filter(isPermission),
    };
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}

  upsert(): Promise<void> {
    return this.#refuse();
  }
  consume(): Promise<void> {
    return this.#refuse();
  }
  destroy(): Promise<void> {
    return this.#refuse();
  }
  revokeByGrantId(): Promise<void> {
    return this.#refuse();
  }

  async #refuse(): Promise<never> {
    throw new Error(`the embedded issuer stores no ${this.#model}`);
  }
}
