import { authenticate, enterTokensOrganization, requirePermissions } from '../../access/authenticate.ts';
import type { ApiContext } from '../../context.ts';
import { acceptEmptyJson } from '../../http/bodies/empty-json.ts';
import type { App } from '../../zod.ts';
import { cancelRoute, deleteRoute, jobRoute, jobsRoute } from './job-routes.ts';
import { previewRoute, submitRoute } from './submit-routes.ts';

export const PREFIX = '/api/actions/bulk';

/** Every route of the dialect; each declares its permission, and all are in the token's organization. */
export function routes(scope: App, context: ApiContext): void {
  scope.register(
    async (inner) => {
      requirePermissions(inner);
      acceptEmptyJson(inner, { exact: ['criteria_json', 'values'] });
      inner.addHook('onRequest', authenticate(context));
      inner.addHook('onRequest', enterTokensOrganization(context));
      previewRoute(inner, context);
      submitRoute(inner, context);
      jobsRoute(inner, context);
      jobRoute(inner, context);
      cancelRoute(inner, context);
      deleteRoute(inner, context);
    },
    { prefix: PREFIX },
  );
}
