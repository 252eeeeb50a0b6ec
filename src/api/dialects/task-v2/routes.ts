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
      // Members called __proto__ are told of like any other that there is not.
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
