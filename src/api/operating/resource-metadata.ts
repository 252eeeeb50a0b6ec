import { z } from 'zod';
import { ALL_PERMISSIONS } from '../../auth/permissions.ts';
import type { ApiContext } from '../context.ts';
import type { App } from '../zod.ts';

/** RFC 9728 §2. */
const resourceMetadata = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.string()),
  resource_name: z.string(),
});

const PLACE = '/.well-known/oauth-protected-resource';

/**
 * Tells a client that knows nothing but the API's address whose token to bring (RFC 9728). All dialects are one resource,
 * with one audience, so there is one document: at the root, and where §3.1 puts it if the API's URL has a path.
 */
export function resourceMetadataRoutes(scope: App, { resourceUrl, issuerUrl }: ApiContext): void {
  const document = {
    resource: resourceUrl,
    authorization_servers: [issuerUrl],
    scopes_supported: [...ALL_PERMISSIONS],
    bearer_methods_supported: ['header'],
    resource_name: 'OpenBulk',
  };
  for (const place of new Set([PLACE, PLACE + new URL(resourceUrl).pathname.replace(/\/$/, '')])) {
    scope.get(place, { schema: { response: { 200: resourceMetadata } } }, async () => document);
  }
}
