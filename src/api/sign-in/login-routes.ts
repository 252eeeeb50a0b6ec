import type { FastifyReply } from 'fastify';
import { checkPassword } from '../../auth/accounts.ts';
import { countGuess } from '../../auth/guesses.ts';
import type { Issuer } from '../../auth/issuer.ts';
import { toHex24 } from '../../task/ids.ts';
import type { ApiContext } from '../context.ts';
import type { App } from '../zod.ts';
import { formOf } from './forms.ts';
import { html } from './html.ts';
import { field, sendDeadEnd, sendPage } from './page.ts';
import type { Texts } from './texts.ts';

const PLACE = '/oauth2/interaction/:uid';

/** The page on which the embedded issuer asks who sits there. */
export function loginRoutes(scope: App, context: ApiContext, issuer: Issuer): void {
  scope.get(PLACE, async ({ raw }, reply) => {
    if (!(await issuer.isAsking(raw, reply.raw))) return sendDeadEnd(context, reply, 400, 'failed');
    return sendLogin(context, reply, { status: 200 });
  });

  scope.post(PLACE, async (request, reply) => {
    const form = formOf(context, request);
    if (!form || !(await issuer.isAsking(request.raw, reply.raw))) return sendDeadEnd(context, reply, 400, 'failed');
    const { name = '', password = '' } = form;
    const wait = await countGuess(context.pool, { name, address: request.ip });
    if (wait > 0) {
      reply.header('retry-after', String(wait));
      return sendLogin(context, reply, { status: 429, name, problem: (say) => say.tooMany(Math.ceil(wait / 60)) });
    }
    const account = await checkPassword(context.pool, { name, password });
    if (!account) return sendLogin(context, reply, { status: 403, name, problem: (say) => say.wrong });
    const next = await issuer.signedIn(request.raw, reply.raw, toHex24(account.id));
    if (next === undefined) return sendDeadEnd(context, reply, 400, 'failed');
    return reply.header('cache-control', 'no-store').redirect(next, 303);
  });
}

interface Attempt {
  readonly status: number;
  /** That was given. */
  readonly name?: string;
  /** Never says whether it was the name or the password. */
  readonly problem?: (say: Texts) => string;
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
