import { authenticate, enterTokensOrganization, requirePermissions } from '../../access/authenticate.ts';
import type { ApiContext } from '../../context.ts';
import type { App } from '../../zod.ts';
import { languageHeaders, languageOf } from './messages.ts';
import { patchRoute } from './patch-route.ts';
import { readingRoutes } from './reading-routes.ts';

/** Every route of the dialect; each declares its permission and lies in the token's organization. */
export function routes(scope: App, context: ApiContext): void {
  scope.register(
    async (inner) => {
      requirePermissions(inner);
      inner.addHook('onRequest', async ({ headers }, reply) => {
        reply.headers(languageHeaders(languageOf(headers['accept-language'])));
      });
      inner.addHook('onRequest', authenticate(context));
      inner.addHook('onRequest', enterTokensOrganization(context));
      readingRoutes(inner, context);
      patchRoute(inner, context);
    },
    { prefix: '/activityid/v1/user' },
  );
}
