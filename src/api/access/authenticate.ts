import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Permission } from '../../auth/permissions.ts';
import type { Principal } from '../../auth/principal.ts';
import type { Sessions } from '../../auth/sessions/sessions.ts';
import { bearerToken } from '../../auth/tokens/bearer-token.ts';
import type { Verifier } from '../../auth/tokens/verify-token.ts';
import { organizationsOf } from '../../service/platform/organizations.ts';
import type { RateLimiter } from '../../service/platform/rate-limiter.ts';
import { notFound } from '../../service/platform/service-error.ts';
import type { TaskContext } from '../../service/tasks/task-context.ts';
import { parseId } from '../../task/ids.ts';
import { challenge, invalid, Refusal, wrongParameters } from '../errors/failure.ts';
import { fieldMessages } from '../errors/messages.ts';
import { countRequest } from '../http/limits/rate-limit.ts';
import type { Whereabouts } from '../own-url.ts';
import type { App } from '../zod.ts';
import { identifySession } from './by-session.ts';
import { chargeTo } from './request-scope.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token must carry for this route. */
    permission?: Permission;
    /** Instead of it, a permission of the resource that is asked for is enough: the route finds out (service/platform/rights.ts `maySee`). */
    orOfResource?: true;
    /** Its query parameter `organization` stands for the header that names the organization: browsers follow links without headers. */
    linked?: true;
  }
  interface FastifyRequest {
    /** Who asks; set by `authenticate`. */
    principal: Principal;
    /** UUID of the organization that is meant and that the token may see; set by `enterOrganization` or `enterTokensOrganization`. */
    organizationId: string;
  }
}

/** What is needed to authenticate a request. */
interface Gate extends Whereabouts {
  readonly verifier: Verifier;
  /** Undefined if there is no sign-in. */
  readonly sessions?: Sessions;
  readonly limiter?: RateLimiter;
}

/**
 * Without an Authorization header, a browser's session stands for one: its access token is the token of the request, and whatever holds
 * for tokens holds for it.
 *
 * The order of refusals, on every route of a dialect:
 *
 * 1. 401: there is no token, or not a valid one. 403: there is a session, but it may be another site's page that uses it.
 * 2. 429: the client that the token was given to asks too often. What is refused for its token is not counted: whose it is is not
 *    known, and refusing by address would shut out everyone behind the same proxy.
 * 3. 403: the token lacks the permission declared beside the route. This looks at the token and the route alone, so
 *    it is the same answer whatever organization, task or file the request names. Where a permission of the resource is enough as well
 *    (`orOfResource`), the route refuses, with the same answer whether the resource is there or not.
 * 4. 404: the organization is not there, or not one that the token may see: one answer for both, and for a malformed name.
 * 5. Whatever the route says.
 *
 * So nothing about what exists is ever told to who may not see it.
 */
export function authenticate(gate: Gate) {
  const { limiter } = gate;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { permission, orOfResource } = request.routeOptions.config;
    const principal = await identify(gate, request);
    if (limiter) await countRequest(limiter, principal, reply);
    if (!permission || !(orOfResource || principal.permissions.has(permission))) {
      const which = permission ? `: ${permission}` : '';
      throw new Refusal('insufficient_scope', `The token does not have the required permission${which}.`, {
        headers: challenge({ error: 'insufficient_scope', ...(permission && { scope: permission }) }),
      });
    }
    request.principal = principal;
  };
}

async function identify(gate: Gate, request: FastifyRequest): Promise<Principal> {
  const { verifier, sessions } = gate;
  const { authorization } = request.headers;
  const signedIn = authorization === undefined && sessions && (await identifySession({ ...gate, sessions }, request));
  if (signedIn) return signedIn.principal;
  const given = bearerToken(authorization);
  if (given === 'missing') throw new Refusal('no_token', 'No auth token', { headers: challenge() });
  if (given === 'malformed') {
    throw new Refusal('invalid_token', 'Invalid Token', { headers: challenge({ error: 'invalid_token' }) });
  }
  return verifier.verify(given.token);
}

/** Resolves `:organizationId` of the path, an id in either spelling or a slug, to an organization that the token may see. */
export function enterOrganization(context: Pick<TaskContext, 'pool'>) {
  const find = organizationFinder(context);
  return async (request: FastifyRequest): Promise<void> => {
    const { organizationId } = request.params as { organizationId: string };
    request.organizationId = await find(request.principal, organizationId);
    chargeTo(request.organizationId);
  };
}

/** Names the organization where the path does not and the token may see several. */
const ORGANIZATION_HEADER = 'openbulk-organization';

/**
 * For dialects whose paths name no organization: the one that the token may see; of several the one that the header
 * `OpenBulk-Organization` names (an id in either spelling or a slug).
 */
export function enterTokensOrganization(context: Pick<TaskContext, 'pool'>) {
  const find = organizationFinder(context);
  return async (request: FastifyRequest): Promise<void> => {
    const { organizations } = request.principal;
    const named = request.headers[ORGANIZATION_HEADER] || organizationOfLink(request);
    const [only] = organizations.size === 1 ? organizations : [];
    if (named === undefined && organizations.size > 1) {
      throw invalid('OpenBulk-Organization', fieldMessages.organization);
    }
    const wanted = named === undefined ? only : String(named);
    if (wanted === undefined) throw notFound();
    request.organizationId = await find(request.principal, wanted);
    chargeTo(request.organizationId);
  };
}

function organizationOfLink({ routeOptions, query }: FastifyRequest): unknown {
  if (!routeOptions.config.linked) return undefined;
  const { organization } = query as { readonly organization?: unknown };
  // This is asked before the query string is checked.
  if (Array.isArray(organization)) throw wrongParameters([{ field: 'organization', message: fieldMessages.repeated }]);
  return organization || undefined;
}

/**
 * How long the organizations of a token are known by their ids and slugs, ms. This program never renames one nor removes it; who does
 * so in the database waits as long as for the end of a token.
 */
const KNOWN_MS = 60_000;

/** The organizations of a token that there are: their ids by id and by slug. */
interface Known {
  readonly ids: Promise<ReadonlyMap<string, string>>;
  readonly until: number;
}

/**
 * Gives the id of the organization that is named. It is looked for among those of the token alone, so that nothing, not even the time
 * that it takes, tells an organization of somebody else from one that is not there.
 *
 * @throws ServiceError `not_found`
 */
function organizationFinder({ pool }: Pick<TaskContext, 'pool'>) {
  // By what the verifier keeps of a token for a minute; it goes with that.
  const known = new WeakMap<Principal, Known>();
  async function load({ organizations }: Principal): Promise<ReadonlyMap<string, string>> {
    const found = organizations.size === 0 ? [] : await organizationsOf({ pool }, [...organizations]);
    return new Map(found.flatMap(({ id, slug }) => [[id, id] as const, [slug, id] as const]));
  }
  return async (principal: Principal, named: string): Promise<string> => {
    const now = Date.now();
    let own = known.get(principal);
    if (!own || own.until <= now) {
      own = { ids: load(principal), until: now + KNOWN_MS };
      known.set(principal, own);
      own.ids.catch(() => known.delete(principal));
    }
    const id = (await own.ids).get(parseId(named) ?? named);
    if (id === undefined) throw notFound();
    return id;
  };
}

/** Refuses to start with a route without a permission. */
export function requirePermissions(scope: App): void {
  scope.addHook('onRoute', ({ url, config }) => {
    if (!config?.permission) throw new Error(`The route ${url} does not declare a permission.`);
  });
}
