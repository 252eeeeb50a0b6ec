import { authenticate, enterOrganization, requirePermissions } from '../../authenticate.ts';
import type { ApiContext } from '../../context.ts';
import { acceptEmptyJson } from '../../empty-json.ts';
import type { App } from '../../zod.ts';
import { fixRoutes } from './fix-routes.ts';
import { lineRoutes } from './line-routes.ts';
import { previewRoute } from './preview-route.ts';
import { recordRoutes } from './record-routes.ts';
import { eventsRoute, reportRoute } from './stream-routes.ts';
import { submitRoute } from './submit-route.ts';
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
      previewRoute(inner);
      submitRoute(inner, context);
      reportRoute(inner, context);
      lineRoutes(inner, context);
      eventsRoute(inner, context);
      fixRoutes(inner, context);
      recordRoutes(inner, context);
    },
    { prefix: `${PREFIX}/:organizationId` },
  );
}
