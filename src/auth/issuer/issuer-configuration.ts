import {
  type Client,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider';
import type { Pool } from '../../store/connection/pool.ts';
import { toHex24 } from '../../task/ids.ts';
import { type Account, findAccount, organizationsClaim, personClaims } from '../accounts/accounts.ts';
import { CONSOLE_CLIENT, consoleClient } from '../clients/console-client.ts';
import { type IssuerKeys, SIGNING_ALGORITHM } from '../keys/issuer-keys.ts';
import { ALL_PERMISSIONS } from '../permissions.ts';
import { ownClaims } from '../tokens/claims/claims.ts';
import { FAILED_PATH, UNAVAILABLE } from './failed-page.ts';
import { issuerEntries } from './issuer-entries.ts';
import { audienceOf } from './issuer-identity.ts';

export interface IssuerConfiguration {
  readonly pool: Pool;
  /** The issuer's URL (`issuerIdentity`), under which it is mounted: `http://127.0.0.1:8080/oauth2`. */
  readonly issuer: string;
  /** Where browsers reach the server, without a trailing slash; not given: on this machine, at whatever port. */
  readonly consoleUrl?: string;
  /** Seconds that a token lives; an hour when not given. */
  readonly tokenTtl?: number;
  /** Seconds for which a sign-in is good: until then its tokens can be refreshed; a week when not given. */
  readonly sessionTtl?: number;
}

/** Seconds that a browser has from a page that asks for a password to its answer, and from there to the console. */
const INTERACTION_SECONDS = 3600;
const CODE_SECONDS = 60;

/** oidc-provider's configuration: what is on, who may come in, and what tokens say. */
export function issuerConfiguration(options: IssuerConfiguration, keys: IssuerKeys): Configuration {
  const { pool, issuer, tokenTtl = 3600, sessionTtl = 7 * 86_400 } = options;
  const { origin, pathname } = new URL(issuer);
  const audience = audienceOf(issuer);
  const off = { enabled: false };
  return {
    adapter: issuerEntries(pool, { console: consoleClient(keys, options.consoleUrl), keys: keys.cookies, issuer }),
    // The first that fits signs.
    jwks: { keys: [...keys.signing] },
    cookies: {
      keys: [...keys.cookies],
      names: { session: 'openbulk-issuer', interaction: 'openbulk-interaction', resume: 'openbulk-resume' },
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    extraClientMetadata: { properties: ['organization', 'permissions'] },
    // A secret does not belong into a foreign page.
    clientBasedCORS: (_ctx, from) => from === origin,
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid', ...ALL_PERMISSIONS],
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    conformIdTokenClaims: false,
    ttl: {
      ClientCredentials: tokenTtl,
      AccessToken: tokenTtl,
      IdToken: tokenTtl,
      RefreshToken: sessionTtl,
      Grant: sessionTtl,
      Session: INTERACTION_SECONDS,
      Interaction: INTERACTION_SECONDS,
      AuthorizationCode: CODE_SECONDS,
    },
    ...refreshing,
    interactions: {
      // The console is ours: nobody has to consent to what they came for.
      policy: askOnlyForLogin(),
      url: (_ctx, { uid }) => `${pathname.replace(/\/$/, '')}/interaction/${uid}`,
    },
    findAccount: async (_ctx, id) => {
      const account = await findAccount(pool, id);
      return account && { accountId: id, claims: async () => ({ sub: id, ...personClaims(account) }) };
    },
    loadExistingGrant: (ctx) => grantAll(ctx, pool, audience),
    extraTokenClaims: async (_ctx, token) => {
      const { client } = token;
      if (client?.clientId !== CONSOLE_CLIENT || token.kind !== 'AccessToken') {
        return { ...ownClaims(metadataOf(client).organization, client?.clientName ?? client?.clientId ?? '') };
      }
      const account = await findAccount(pool, token.accountId);
      if (!account) throw new errors.InvalidGrant('the account was removed');
      return { ...personClaims(account), ...organizationsClaim(account) };
    },
    formats: {
      customizers: {
        jwt: async (_ctx, token, { payload }) => {
          if (token.client?.clientId !== CONSOLE_CLIENT || token.kind !== 'AccessToken') return;
          payload.scope = withUnlisted(payload.scope, await findAccount(pool, token.accountId));
        },
      },
    },
    renderError: (ctx, out) => {
      if (ctx.path.startsWith('/auth')) {
        ctx.status = 303;
        const away = out.error === 'server_error' ? `?${UNAVAILABLE}` : '';
        ctx.redirect(new URL(audience).pathname.replace(/\/$/, '') + FAILED_PATH + away);
        return;
      }
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

/**
 * One refresh token for the whole of a session. Rotation is for clients that cannot keep a secret (RFC 9700 §4.14.2); here it would
 * only end sessions whose response got lost.
 */
const refreshing: Pick<Configuration, 'issueRefreshToken' | 'rotateRefreshToken' | 'expiresWithSession'> = {
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: false,
  expiresWithSession: async () => false,
};

function askOnlyForLogin() {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return policy;
}

/** The console gets all permissions of the signed-in person. */
async function grantAll(ctx: KoaContextWithOIDC, pool: Pool, audience: string) {
  const { client, session, provider } = ctx.oidc;
  const account = await findAccount(pool, session?.accountId ?? '');
  if (!client || !account) return undefined;
  const granted = new provider.Grant({ clientId: client.clientId, accountId: toHex24(account.id) });
  granted.addOIDCScope('openid profile email');
  granted.addResourceScope(audience, account.permissions.join(' '));
  await granted.save();
  return granted;
}

/**
 * The scope with the person's permissions of single declared resources, such as `resource.customers.import`: no list has them, so that the console
 * cannot ask for them, and oidc-provider drops scopes that it does not know.
 */
function withUnlisted(scope: unknown, account: Account | undefined): string {
  const listed: readonly string[] = ALL_PERMISSIONS;
  const unlisted = account?.permissions.filter((permission) => !listed.includes(permission)) ?? [];
  return [...(typeof scope === 'string' ? [scope] : []), ...unlisted].join(' ');
}

/**
 * What the token may carry: the scope that was asked for, if the client has all of it; all it has, if none was. To the console it is
 * the account that says how much of that is granted.
 */
function grant(ctx: KoaContextWithOIDC, resource: string, client: Client, audience: string): ResourceServer {
  if (resource.replace(/\/$/, '') !== audience) throw new errors.InvalidTarget();
  if (client.clientId === CONSOLE_CLIENT) return resourceServer(audience, ALL_PERMISSIONS);
  const { permissions } = metadataOf(client);
  const params = ctx.oidc.params ?? {};
  const asked = typeof params.scope === 'string' ? params.scope.split(' ').filter(Boolean) : permissions;
  const tooMuch = asked.filter((name) => !permissions.includes(name));
  // Left to itself, oidc-provider drops what it does not know or the resource does not have, without a word.
  if (tooMuch.length > 0) throw new errors.InvalidScope('requested scope is not allowed', tooMuch.join(' '));
  // Read right after this: the one place where a default scope can be set for client credentials.
  params.scope = asked.join(' ') || undefined;
  return resourceServer(audience, permissions);
}

function resourceServer(audience: string, permissions: readonly string[]): ResourceServer {
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
