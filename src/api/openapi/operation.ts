import type { z } from 'zod';
import { furtherPermissions, permissionsInstead } from '../../service/platform/rights.ts';
import type { Dialect } from '../dialect.ts';
import type { Content, DeclaredRoute } from './declared-route.ts';
import { headersOf } from './headers.ts';
import type { JsonSchema, JsonSchemas } from './json-schemas.ts';
import type { Response } from './responses.ts';

/** A route with what its operation object is made of. */
export interface Operation {
  readonly route: DeclaredRoute;
  readonly responses: readonly Response[];
  readonly dialect: Dialect;
  readonly schemas: JsonSchemas;
}

/** The operation object of a route. */
export function toOperation({ route, responses, dialect, schemas }: Operation): object {
  const { method, path, permission, orOfResource, summary, body } = route;
  const { prefix } = dialect;
  const base = prefix.slice(prefix.lastIndexOf('/'));
  const below = path.slice(prefix.length).replace(/^\/\{organizationId\}/, '');
  return {
    operationId: operationId(method, base + below),
    summary,
    ...permissionsOf(route, dialect),
    tags: [/^\/([^/{]+)/.exec(below)?.[1] ?? base.slice(1)],
    // Which token is enough without the permission depends on the resource.
    security: [{ oauth2: [permission] }, ...(orOfResource ? [{ oauth2: [] }] : [])],
    'x-permission': permission,
    parameters: parametersOf(route, schemas),
    ...(Object.keys(body).length > 0 && {
      requestBody: { required: isRequired(body), content: toContent(body, schemas.request) },
    }),
    responses: Object.fromEntries(
      responses.map(({ status, description, headers, content }) => [
        status,
        {
          description,
          headers: headersOf({ route, dialect, status, hasBody: Object.keys(content).length > 0, own: headers }),
          ...(Object.keys(content).length > 0 && { content: toContent(content, schemas.response) }),
        },
      ]),
    ),
  };
}

/** What it asks for beside its own permission or takes instead of it, where it does: in words, and for programs. */
function permissionsOf({ use, permission, orOfResource }: DeclaredRoute, { name }: Dialect): object {
  const further = use ? furtherPermissions(use, name) : [];
  const words = further.map(({ when, permission }) => `${when} \`${permission}\``);
  const sentences = [
    ...(orOfResource ? [insteadOf(permission)] : []),
    ...(further.length > 0 ? [`Additional permissions: ${words.join(', ')}.`] : []),
  ];
  return {
    ...(sentences.length > 0 && { description: sentences.join(' ') }),
    ...(further.length > 0 && { 'x-further-permissions': further }),
    ...(orOfResource && { 'x-permissions-instead': permissionsInstead() }),
  };
}

function insteadOf(permission: string): string {
  return `Without \`${permission}\`, a token sees only the resources for which it has a permission, such as \`resource.customers.import\`; if it sees none, the answer is 403.`;
}

/** Such as `getOrganizationsBulkTasksByBulkTaskId`: it changes when the path does, and else never. */
function operationId(method: string, path: string): string {
  const words = path.match(/\{?\w+/g) ?? [];
  const names = words.map((word) =>
    word.replace(/^(\{?)(\w)/, (_, brace: string, first: string) => (brace && 'By') + first.toUpperCase()),
  );
  return method.toLowerCase() + names.join('');
}

function parametersOf({ path, parameters }: DeclaredRoute, schemas: JsonSchemas): object[] {
  const declared = Object.entries(parameters).flatMap(([place, schema]) =>
    members(schemas.request(schema), schemas).map(({ name, required, schema: { description, ...rest } }) => ({
      name: place === 'header' ? inCapitals(name) : name,
      in: place,
      required: place === 'path' || required,
      ...(description !== undefined && { description }),
      schema: rest,
    })),
  );
  const named = path.includes('{organizationId}') || declared.some(({ name }) => isOrganization(name));
  return named ? declared : [...declared, organizationHeader];
}

/** What `enterTokensOrganization` reads, on routes whose path names no organization. */
const organizationHeader = {
  name: 'OpenBulk-Organization',
  in: 'header',
  required: false,
  description: 'The organization, by id or slug; required if the token has access to several.',
  schema: { type: 'string' },
};

function isOrganization(name: string): boolean {
  return name.toLowerCase() === organizationHeader.name.toLowerCase();
}

function members(schema: JsonSchema, schemas: JsonSchemas) {
  const { properties = {}, required = [] } = schemas.components[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
  return Object.entries(properties).map(([name, each]) => ({ name, schema: each, required: required.includes(name) }));
}

function inCapitals(header: string): string {
  return header.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}

function isRequired(body: Content): boolean {
  return Object.values(body).every((schema) => !schema.safeParse(undefined).success);
}

function toContent(content: Content, translate: (schema: z.ZodType) => JsonSchema): object {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: translate(schema) }]));
}
