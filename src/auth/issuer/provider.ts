import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider, { type Client, errors } from 'oidc-provider';
import { isOutage } from '../../store/connection/pool.ts';
import { secretMatches } from '../clients/clients.ts';
import type { IssuerKeys } from '../keys/issuer-keys.ts';
import { tooLong } from './authorization-limits.ts';
import { type IssuerConfiguration, issuerConfiguration } from './issuer-configuration.ts';
import { withBrowserOf } from './open-interactions.ts';

const RETRY_SECONDS = '5';
type RequestContext = Parameters<Parameters<Provider['use']>[0]>[0];

const DISCOVERY = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
/** oidc-provider has routes and metadata for flows that are switched off; what is not named here is not served. */
const ROUTES = new Set(['/token', '/jwks', '/auth', ...DISCOVERY]);
/** Where the browser continues after the sign-in page. */
const RESUME = /^\/auth\/[\w-]+$/;
const METADATA = new Set([
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'scopes_supported',
  'response_types_supported',
  'grant_types_supported',
  'token_endpoint_auth_methods_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
  'code_challenge_methods_supported',
]);

/** What of the issuer is oidc-provider's work. */
export interface IssuerProvider {
  /** Handles a request whose body is unread and whose `url` is relative to the issuer's path. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Whether this browser is in the middle of a sign-in, so that the page at `/interaction/…` is valid. */
  isAsking(req: IncomingMessage, res: ServerResponse): Promise<boolean>;
  /**
   * Goes on with the sign-in of this browser, now that it is known who sits there.
   *
   * @param accountId 24 hex digits
   * @returns the path to which to send the browser; `undefined` when it is in the middle of none
   */
  signedIn(req: IncomingMessage, res: ServerResponse, accountId: string): Promise<string | undefined>;
}

/** Starts oidc-provider, which has its keys for life: other keys need another one. */
export function openProvider(
  options: IssuerConfiguration,
  keys: IssuerKeys,
  report: (error: Error) => void,
): IssuerProvider {
  const provider = startProvider(options, keys, report);
  const callback = provider.callback();
  return {
    async handle(req, res): Promise<void> {
      // Who went away meanwhile gets no answer; oidc-provider would take the body that did not come for one that was read.
      if (!req.destroyed) await callback(req, res);
    },
    async isAsking(req, res): Promise<boolean> {
      const asked = withBrowserOf(req, () => known(provider.interactionDetails(req, res)));
      return (await asked) !== undefined;
    },
    async signedIn(req, res, accountId): Promise<string | undefined> {
      const result = { login: { accountId, remember: false } };
      const next = await withBrowserOf(req, () =>
        known(provider.interactionResult(req, res, result, { mergeWithLastSubmission: false })),
      );
      return next?.slice(new URL(options.issuer).origin.length);
    },
  };
}

/** What there is of an interaction; `undefined` when the browser has none, or no longer. */
async function known<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  }
}

function startProvider(options: IssuerConfiguration, keys: IssuerKeys, report: (error: Error) => void): Provider {
  const provider = new Provider(options.issuer, issuerConfiguration(options, keys));
  provider.Client.prototype.compareClientSecret = function compareClientSecret(this: Client, actual: string): boolean {
    return this.clientSecret?.split(' ').some((hash) => secretMatches(actual, hash)) ?? false;
  };
  // Koa prints unhandled errors to the console. (oidc-provider's types hide that it is an emitter of this event.)
  const emitter: EventEmitter = provider;
  emitter.on('error', (error: Error, ctx: RequestContext) => {
    // A client that went away before its answer is no fault of ours.
    if (!ctx.req.socket.destroyed) report(error);
  });
  provider.on('server_error', (ctx, error) => answerFault(ctx, error, report));
  provider.use(answerAs(options.issuer, report));
  return provider;
}

/** The frame around oidc-provider: only our routes, links from the issuer's URL, every answer JSON but those to a browser. */
function answerAs(issuer: string, report: (error: Error) => void) {
  const { protocol, origin, pathname } = new URL(issuer);
  const mountPath = pathname.replace(/\/$/, '');
  return async (ctx: RequestContext, next: () => Promise<void>): Promise<void> => {
    const { url } = ctx.request;
    // Links are made from `href`, which is an absolute `originalUrl` as it stands, and from what the mount cut off.
    ctx.request.originalUrl = issuer + url;
    Object.assign(ctx.req, { originalUrl: mountPath + url });
    // By it cookies are for https alone, also where a proxy has ended that.
    Object.defineProperty(ctx.request, 'protocol', { value: protocol.slice(0, -1) });
    const path = ctx.path.replace(/\/$/, '');
    try {
      const fault = path === '/auth' ? tooLong(ctx.query) : undefined;
      if (fault !== undefined) {
        ctx.status = 400;
        ctx.body = { error: 'invalid_request', error_description: fault };
        return;
      }
      if (ROUTES.has(path) || RESUME.test(path)) await next();
      if (DISCOVERY.includes(path) && ctx.status === 200) ctx.body = supported(ctx.body);
    } catch (error) {
      answerFault(ctx, error instanceof Error ? error : new Error(String(error)), report);
    }
    const location = ctx.res.getHeader('location');
    if (typeof location === 'string') {
      // A browser that is here stays here, by whatever name it knows this server.
      if (location.startsWith(`${origin}/`)) ctx.set('location', location.slice(origin.length));
      // Koa's text would repeat the address, which has the name of a cookie in it.
      ctx.body = '';
    }
    if (ctx.status === 404) {
      ctx.body = {
        error: 'invalid_request',
        error_description: 'the endpoint does not exist or does not support this method',
      };
      // Koa makes it 200 with the first body.
      ctx.status = 404;
    }
  };
}

/** An error that is not the client's: 503 while the database is unavailable, so that the client tries again; otherwise 500. */
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
    : { error: 'server_error', error_description: 'the request could not be processed' };
}

function supported(metadata: unknown): object {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([name]) => METADATA.has(name)));
}
