import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiContext } from '../context.ts';
import { type FailureCode, toFailure } from '../errors/failure.ts';
import { acceptEmptyJson } from '../http/bodies/empty-json.ts';
import { pageHeaders } from '../http/headers/response/page-headers.ts';
import { countStrangers } from '../http/limits/address-limit.ts';
import type { App } from '../zod.ts';
import { type Browsers, browserRoutes } from './browser-routes.ts';
import { acceptForms } from './forms.ts';
import { loginRoutes } from './login-routes.ts';
import { sendDeadEnd } from './page.ts';
import { passwordRoutes } from './password-routes.ts';
import { sessionRoutes } from './session-routes.ts';

const OURS: ReadonlySet<FailureCode> = new Set(['internal', 'unavailable', 'issuer_unavailable', 'busy', 'too_slow']);

/** Sign-in: pages for browsers, which are answered with pages also where something fails, and what the console asks. */
export function signInRoutes(scope: App, context: ApiContext, browsers: Browsers): void {
  const { issuer } = context;
  scope.register(async (pages) => {
    acceptForms(pages);
    pages.addHook('onRequest', countStrangers(context.strangers));
    pages.setErrorHandler((error, request, reply) => {
      const { code, headers } = toFailure(error);
      reply.headers(headers);
      const ours = OURS.has(code);
      if (ours) request.log.error({ err: error }, 'a page failed');
      if (ours) return sendDeadEnd(context, reply, 503, 'unavailable');
      if (code === 'too_many_requests') return sendDeadEnd(context, reply, 429, 'crowded');
      return sendDeadEnd(context, reply, code === 'request_timeout' ? 408 : 400, 'failed');
    });
    browserRoutes(pages, context, browsers);
    if (issuer && browsers.ownAccounts) {
      const asking = { ...context, issuer, hashing: browsers.hashing };
      loginRoutes(pages, asking);
      passwordRoutes(pages, asking);
    }
  });
  scope.register(async (inner) => {
    acceptEmptyJson(inner);
    sessionRoutes(inner, context, browsers);
  });
  const style = readFileSync(join(import.meta.dirname, 'page.css'), 'utf8');
  scope.get('/auth/page.css', async (_request, reply) => {
    reply.type('text/css; charset=utf-8').headers({ ...pageHeaders, 'cache-control': 'no-cache' });
    return style;
  });
}
