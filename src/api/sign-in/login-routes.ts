import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Account, checkPassword } from '../../auth/accounts/accounts.ts';
import { type FairQueue, QueueFullError } from '../../auth/accounts/fair-queue.ts';
import { countGuess } from '../../auth/accounts/guesses.ts';
import { newSecret } from '../../auth/clients/clients.ts';
import type { Issuer } from '../../auth/issuer/issuer.ts';
import { PLACE_DAYS, rememberPlaces } from '../../auth/sessions/sign-in-places.ts';
import { toHex24 } from '../../task/ids.ts';
import { readCookie, setCookie } from '../access/session-cookie.ts';
import type { ApiContext } from '../context.ts';
import { addressOf } from '../http/headers/request/client-address.ts';
import type { App } from '../zod.ts';
import { formOf } from './forms.ts';
import { html } from './html.ts';
import { field, sendDeadEnd, sendPage } from './page.ts';
import type { Texts } from './texts.ts';

const PLACE = '/oauth2/interaction/:uid';
/** Seconds after which a rejected client should try again. */
const BUSY_SECONDS = '10';

export interface LoginContext extends ApiContext {
  readonly issuer: Issuer;
  readonly hashing: FairQueue;
}

/** The page on which the embedded issuer asks who sits there. */
export function loginRoutes(scope: App, context: LoginContext): void {
  const { issuer } = context;
  scope.get(PLACE, async ({ raw }, reply) => {
    if (!(await issuer.isAsking(raw, reply.raw))) return sendDeadEnd(context, reply, 400, 'failed');
    return sendLogin(context, reply, { status: 200 });
  });

  scope.post(PLACE, async (request, reply) => {
    const form = formOf(context, request);
    if (!form || !(await issuer.isAsking(request.raw, reply.raw))) return sendDeadEnd(context, reply, 400, 'failed');
    const { name = '', password = '' } = form;
    const outcome = await attempt(context, request, { name, password });
    if ('status' in outcome) {
      if (outcome.retryAfter !== undefined) reply.header('retry-after', outcome.retryAfter);
      return sendLogin(context, reply, { ...outcome, name });
    }
    const next = await issuer.signedIn(request.raw, reply.raw, toHex24(outcome.id));
    if (next === undefined) return sendDeadEnd(context, reply, 400, 'failed');
    await remember(context, reply, outcome.id);
    return reply.header('cache-control', 'no-store').redirect(next, 303);
  });
}

interface Attempt {
  readonly status: number;
  /** That was given. */
  readonly name?: string;
  /** Never says whether it was the name or the password. */
  readonly problem?: (say: Texts) => string;
  /** s. */
  readonly retryAfter?: string;
}

/** Counted when it is its turn, so that a flood that is turned away uses up nobody's attempts. */
async function attempt(
  context: LoginContext,
  request: FastifyRequest,
  given: { readonly name: string; readonly password: string },
): Promise<Account | Attempt> {
  const { vitals: pool, hashing } = context;
  const address = addressOf(request);
  const device = readCookie(context, request, 'openbulk-device');
  const work = async (): Promise<Account | Attempt> => {
    const wait = await countGuess(pool, { name: given.name, address, device });
    const minutes = Math.ceil(wait / 60);
    if (wait > 0) return { status: 429, problem: (say) => say.tooMany(minutes), retryAfter: String(wait) };
    return (await checkPassword(pool, given)) ?? { status: 403, problem: (say) => say.wrong };
  };
  try {
    return await hashing.run(address, work, () => request.raw.socket.destroyed);
  } catch (error) {
    if (!(error instanceof QueueFullError)) throw error;
    return { status: 503, problem: (say) => say.busy, retryAfter: BUSY_SECONDS };
  }
}

/** From now on this browser and this address are known to the account. */
async function remember(context: LoginContext, reply: FastifyReply, accountId: string): Promise<void> {
  const { request } = reply;
  const device = readCookie(context, request, 'openbulk-device') ?? newSecret();
  await rememberPlaces(context.vitals, accountId, { address: addressOf(request), device });
  setCookie(context, reply, 'openbulk-device', { value: device, seconds: PLACE_DAYS * 86_400 });
}

function sendLogin(context: ApiContext, reply: FastifyReply, { status, name, problem }: Attempt): FastifyReply {
  const again = problem !== undefined;
  return sendPage(context, reply, status, (say) => ({
    title: say.signIn,
    problem: problem?.(say),
    body: html`<form method="post">
      ${field({
        name: 'name',
        label: say.name,
        autocomplete: 'username',
        focus: !again,
        wrong: again,
        ...(name !== undefined && { value: name }),
      })}
      ${field({
        name: 'password',
        label: say.password,
        type: 'password',
        autocomplete: 'current-password',
        focus: again,
        wrong: again,
      })}
      <button>${say.signIn}</button>
    </form>`,
  }));
}
