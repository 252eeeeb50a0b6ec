import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FairQueue } from '../../auth/accounts/fair-queue.ts';
import { newSecret } from '../../auth/clients/clients.ts';
import { CALLBACK_PATH } from '../../auth/clients/console-client.ts';
import { FAILED_PATH, UNAVAILABLE } from '../../auth/issuer/failed-page.ts';
import { IssuerError } from '../../auth/issuer/issuer-request.ts';
import type { Sessions } from '../../auth/sessions/sessions.ts';
import { type SignedIn, type SignIn, SignInError } from '../../auth/sessions/sign-in.ts';
import { text } from '../../auth/tokens/claims/claims.ts';
import { TokenError } from '../../auth/tokens/token-error.ts';
import { readCookie, setCookie } from '../access/session-cookie.ts';
import type { ApiContext } from '../context.ts';
import { ownPath, ownUrl } from '../own-url.ts';
import type { App } from '../zod.ts';
import { localPath } from './local-path.ts';
import { sendDeadEnd } from './page.ts';

/** A browser may take so long to sign in, s: as long as the embedded issuer's page is good for. */
const SIGN_IN_SECONDS = 3600;

/** What answers a browser that goes from page to page: to the issuer, and back from it. */
export interface Browsers {
  readonly signIn: SignIn;
  readonly sessions: Sessions;
  readonly lifetimeSeconds: number;
  /** Whether those who sign in are accounts of ours: those of the embedded issuer. */
  readonly ownAccounts: boolean;
  /** In which passwords wait for being hashed. */
  readonly hashing: FairQueue;
}

export function browserRoutes(scope: App, context: ApiContext, browsers: Browsers): void {
  scope.get('/auth/sign-in', async (request, reply) => {
    const { return: wanted } = request.query as { return?: unknown };
    // The same for all tabs that sign in at a time, or the last one would undo the others.
    const secret = readCookie(context, request, 'openbulk-sign-in') ?? newSecret();
    setCookie(context, reply, 'openbulk-sign-in', { value: secret, seconds: SIGN_IN_SECONDS });
    const returnTo = localPath(wanted) ?? `${ownPath(context)}/`;
    const place = await browsers.signIn.begin(secret, ownUrl(context, request), returnTo);
    return reply.header('cache-control', 'no-store').redirect(place, 303);
  });

  // The code is in the address, which is not to be logged.
  scope.get(CALLBACK_PATH, { logLevel: 'warn' }, async (request, reply) => {
    const secret = readCookie(context, request, 'openbulk-sign-in');
    if (secret === undefined) return sendDeadEnd(context, reply, 400, 'failed');
    try {
      const signedIn = await browsers.signIn.complete(secret, ownUrl(context, request), oneOfEach(request.query));
      await openSession(context, browsers, reply, signedIn);
      return reply.header('cache-control', 'no-store').redirect(signedIn.returnTo, 303);
    } catch (error) {
      return refuse(context, request, reply, error);
    }
  });

  scope.get(FAILED_PATH, async ({ query }, reply) =>
    UNAVAILABLE in (query as object) ? sendAway(context, reply) : sendDeadEnd(context, reply, 400, 'failed'),
  );
}

/** Always a new session, whatever cookie the browser had before, so that nobody can plant its id. */
async function openSession(
  context: ApiContext,
  { sessions, lifetimeSeconds, ownAccounts }: Browsers,
  reply: FastifyReply,
  { tokens, expiresIn, claims }: SignedIn,
): Promise<void> {
  // A token that this server does not accept is reported now, not with every request.
  const principal = await context.verifier.verify(tokens.access);
  const before = readCookie(context, reply.request, 'openbulk');
  if (before !== undefined) await sessions.end(before);
  const id = await sessions.open({
    ...(ownAccounts && { accountId: principal.id }),
    name: text(claims.name) ?? text(claims.preferred_username) ?? text(claims.email) ?? claims.sub,
    email: text(claims.email),
    tokens,
    expiresIn,
  });
  setCookie(context, reply, 'openbulk', { value: id, seconds: lifetimeSeconds });
}

function refuse(context: ApiContext, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const away =
    (error instanceof IssuerError && error.status !== 400) ||
    (error instanceof TokenError && error.kind === 'unavailable');
  const known = away || [SignInError, IssuerError, TokenError].some((kind) => error instanceof kind);
  if (!known) throw error;
  request.log.warn({ err: error }, 'a sign-in could not be completed');
  return away ? sendAway(context, reply) : sendDeadEnd(context, reply, 400, 'failed');
}

function sendAway(context: ApiContext, reply: FastifyReply): FastifyReply {
  return sendDeadEnd(context, reply.header('retry-after', '5'), 503, 'unavailable');
}

/** A parameter that is there twice counts as not there (RFC 6749 §3.1). */
function oneOfEach(query: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(query as object).filter(([, value]) => typeof value === 'string'));
}
