import { authenticate, enterTokensOrganization, requirePermissions } from '../../access/authenticate.ts';
import type { ApiContext } from '../../context.ts';
import { acceptEmptyJson } from '../../http/bodies/empty-json.ts';
import type { App } from '../../zod.ts';
import { createRoute } from './create-route.ts';
import { downloadRoute } from './download-route.ts';
import { indexRoute } from './index/index-route.ts';
import { taskRoutes } from './task-routes.ts';
import { PREFIX } from './vocabulary.ts';

/** Every route of the dialect; each declares its permission, and all lie in the organization of the token. */
export function routes(scope: App, context: ApiContext): void {
  scope.register(
    async (inner) => {
      requirePermissions(inner);
      // A member named __proto__ is reported like any other unknown member.
      acceptEmptyJson(inner, { prototypes: 'ignore', exact: ['request', 'response', 'filter'] });
      inner.addHook('onRequest', authenticate(context));
      inner.addHook('onRequest', enterTokensOrganization(context));
      indexRoute(inner, context);
      createRoute(inner, context);
      taskRoutes(inner, context);
      downloadRoute(inner, context);
    },
    { prefix: PREFIX },
  );
}
