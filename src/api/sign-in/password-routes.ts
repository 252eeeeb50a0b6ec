import type { FastifyReply, FastifyRequest } from 'fastify';
import { findLink, type Link, useLink } from '../../auth/accounts/account-links.ts';
import { accountName } from '../../auth/accounts/accounts.ts';
import type { FairQueue } from '../../auth/accounts/fair-queue.ts';
import { type PasswordFault, passwordFault } from '../../auth/accounts/passwords.ts';
import type { ApiContext } from '../context.ts';
import { addressOf } from '../http/headers/request/client-address.ts';
import { ownPath } from '../own-url.ts';
import type { App } from '../zod.ts';
import { formOf } from './forms.ts';
import { html } from './html.ts';
import { field, sendDeadEnd, sendPage } from './page.ts';

/** The page behind a one-time link, on which the first account is made or the password of one is set. */
const PASSWORD_PLACE = '/auth/password';

/** The token is in the address, which is not to be logged. */
const quiet = { logLevel: 'warn' } as const;

export function passwordRoutes(scope: App, context: ApiContext & { readonly hashing: FairQueue }): void {
  const { vitals: pool, hashing } = context;

  scope.get(PASSWORD_PLACE, quiet, async (request, reply) => {
    const link = await findLink(pool, tokenOf(request));
    return link ? sendForm(context, reply, link) : sendDeadEnd(context, reply, 410, 'gone');
  });

  scope.post(PASSWORD_PLACE, quiet, async (request, reply) => {
    const form = formOf(context, request);
    const token = tokenOf(request);
    const link = form && (await findLink(pool, token));
    if (!link) return sendDeadEnd(context, reply, 410, 'gone');
    const { password = '' } = form;
    const given = link.name ?? form.name ?? '';
    const name = accountName(given);
    const fault = name === undefined ? 'badName' : passwordFault(password, name);
    if (name === undefined || fault) return sendForm(context, reply, link, { name: given, fault: fault ?? 'badName' });
    const use = () => useLink(pool, token, { name, password });
    if (!(await hashing.run(addressOf(request), use))) return sendDeadEnd(context, reply, 410, 'gone');
    return reply.header('cache-control', 'no-store').redirect(`${ownPath(context)}/auth/sign-in`, 303);
  });
}

function tokenOf({ query }: FastifyRequest): string {
  const { link } = query as { link?: unknown };
  return typeof link === 'string' ? link : '';
}

interface Refused {
  readonly name: string;
  readonly fault: PasswordFault | 'badName';
}

function sendForm(context: ApiContext, reply: FastifyReply, link: Link, refused?: Refused): FastifyReply {
  const first = link.name === undefined;
  const wrongName = refused?.fault === 'badName';
  return sendPage(context, reply, refused ? 400 : 200, (say) => ({
    title: say.setPassword,
    problem: refused && say[refused.fault],
    body: html`${first && html`<p>${say.firstAccount}</p>`}
    <form method="post">
      ${field({
        name: 'name',
        label: say.name,
        autocomplete: 'username',
        value: link.name ?? refused?.name ?? '',
        fixed: !first,
        focus: first && (!refused || wrongName),
        wrong: wrongName,
        ...(first && { hint: say.nameHint }),
      })}
      ${field({
        name: 'password',
        label: say.newPassword,
        type: 'password',
        autocomplete: 'new-password',
        hint: say.passwordHint,
        focus: !first || (refused !== undefined && !wrongName),
        wrong: refused !== undefined && !wrongName,
      })}
      <button>${say.save}</button>
    </form>`,
  }));
}
