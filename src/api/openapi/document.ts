import { describePermission } from '../../auth/permissions.ts';
import type { DeclaredRoute, DialectRoutes } from './declared-route.ts';
import { headerComponents } from './header-components.ts';
import { toJsonSchemas } from './json-schemas.ts';
import { toOperation } from './operation.ts';
import { responsesOf } from './responses.ts';

/** What a document says of the server. */
export interface About {
  /** Of the program. */
  readonly version: string;
  /** Where a client gets its token; not given when tokens come from an issuer elsewhere. */
  readonly tokenUrl?: string;
}

/** The OpenAPI 3.1 document of a dialect, from what its routes declare. */
export function openApiDocument({ dialect, routes }: DialectRoutes, about: About): object {
  const operations = routes.map((route) => ({ route, responses: responsesOf(route, dialect.envelope) }));
  const schemas = toJsonSchemas(
    routes.flatMap(({ parameters, body }) => [...Object.values(parameters), ...Object.values(body)]),
    operations.flatMap(({ responses }) => responses.flatMap(({ content }) => Object.values(content))),
  );
  const paths: Record<string, Record<string, object>> = {};
  for (const { route, responses } of operations) {
    paths[route.path] ??= {};
    const operation = toOperation({ route, responses, dialect, schemas });
    Object.assign(paths[route.path] as object, { [route.method.toLowerCase()]: operation });
  }
  return {
    openapi: '3.1.1',
    info: { title: `OpenBulk: ${dialect.name}`, version: about.version },
    // Wherever the document was got from.
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas.components,
      headers: headerComponents,
      securitySchemes: { oauth2: securityScheme(routes, about) },
    },
  };
}

/** Bearer tokens (RFC 6750). In OpenAPI 3.1 an operation may name what the token must carry for any kind of scheme. */
function securityScheme(routes: readonly DeclaredRoute[], { tokenUrl }: About): object {
  if (!tokenUrl) return { type: 'http', scheme: 'bearer' };
  const scopes = Object.fromEntries(routes.map(({ permission }) => [permission, describePermission(permission)]));
  return { type: 'oauth2', flows: { clientCredentials: { tokenUrl, scopes } } };
}
