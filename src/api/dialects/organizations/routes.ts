import { authenticate, enterOrganization, requirePermissions } from '../../access/authenticate.ts';
import type { ApiContext } from '../../context.ts';
import { acceptEmptyJson } from '../../http/bodies/empty-json.ts';
import type { App } from '../../zod.ts';
import { fixRoutes } from './lines/fix-routes.ts';
import { lineRoutes } from './lines/line-routes.ts';
import { recordRoutes } from './record-routes.ts';
import { resourceRoutes } from './resources/resource-routes.ts';
import { eventsRoute, reportRoute } from './stream-routes.ts';
import { previewRoute } from './submit/preview-route.ts';
import { submitRoute } from './submit/submit-route.ts';
import { readingRoutes, steeringRoutes } from './task-routes.ts';

export const PREFIX = '/v1/organizations';

/** Every route of the dialect; each declares its permission, and all lie in an organization. */
export function routes(scope: App, context: ApiContext): void {
  scope.register(
    async (inner) => {
      requirePermissions(inner);
      acceptEmptyJson(inner);
      inner.addHook('onRequest', authenticate(context));
      inner.addHook('onRequest', enterOrganization(context));
      readingRoutes(inner, context);
      steeringRoutes(inner, context);
      previewRoute(inner, context);
      submitRoute(inner, context);
      reportRoute(inner, context);
      lineRoutes(inner, context);
      eventsRoute(inner, context);
      fixRoutes(inner, context);
      recordRoutes(inner, context);
      resourceRoutes(inner, context);
    },
    { prefix: `${PREFIX}/:organizationId` },
  );
}
