import type { RouteOptions } from 'fastify';
import type { z } from 'zod';
import type { Permission } from '../../auth/permissions.ts';
import type { Use } from '../../service/platform/rights.ts';
import type { Dialect } from '../dialect.ts';
import type { App } from '../zod.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does, in a few words. */
    summary?: string;
    /** A body that the handler reads itself as it arrives, by media type: Fastify does not check it. */
    streamedBody?: Content;
    /** What it does to a task, which decides what it may ask for beside its permission (service/platform/rights.ts). */
    use?: Use;
  }
}

/** A schema for each media type. */
export type Content = Readonly<Record<string, z.ZodType>>;

/** What a route declares of itself, which is what its OpenAPI operation says. */
export interface DeclaredRoute {
  /** In capitals. */
  readonly method: string;
  /** As OpenAPI writes it: `/v1/organizations/{organizationId}/bulk-tasks`. */
  readonly path: string;
  readonly permission: Permission;
  readonly use?: Use;
  /** Instead of the permission, one of the resource is enough. */
  readonly orOfResource?: true;
  readonly summary: string;
  readonly parameters: { readonly path?: z.ZodType; readonly query?: z.ZodType; readonly header?: z.ZodType };
  /** Empty when it takes none. */
  readonly body: Content;
  /** By status. */
  readonly responses: Readonly<Record<string, DeclaredResponse>>;
}

export interface DeclaredResponse {
  readonly description?: string;
  /** Descriptions of headers that only this response has, by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A schema where the media type is the usual one of the status; `z.null()` is no body. */
  readonly content: Content | z.ZodType;
}

export interface DialectRoutes {
  readonly dialect: Dialect;
  /** Complete once the app is ready. */
  readonly routes: readonly DeclaredRoute[];
}

/**
 * Collects into `routes` what is declared in a scope from now on. Schemas stand where Fastify wants them; where a body or response has
 * other media types than JSON, in Fastify's own form `{ content: { 'text/csv': { schema } } }`.
 *
 * @throws Error at start, for a route without a permission or a summary
 */
export function collectRoutes(scope: App, routes: DeclaredRoute[]): void {
  scope.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      const path = toOpenApiPath(route.url);
      // HEAD comes with each GET, and a prefix's own route with and without a slash.
      if (method === 'HEAD' || routes.some((known) => known.method === method && known.path === path)) continue;
      routes.push(declared(method, path, route));
    }
  });
}

function declared(method: string, path: string, { config, schema }: RouteOptions): DeclaredRoute {
  const { permission, summary, streamedBody, use, orOfResource } = config ?? {};
  if (!permission || !summary) {
    throw new Error(`The route ${method} ${path} does not declare a ${permission ? 'summary' : 'permission'}.`);
  }
  const { params, querystring, headers, body, response } = (schema ?? {}) as Schemas;
  return {
    method,
    path,
    permission,
    summary,
    ...(use && { use }),
    ...(orOfResource && { orOfResource }),
    parameters: {
      ...(params && { path: params }),
      ...(querystring && { query: querystring }),
      ...(headers && { header: headers }),
    },
    body: { ...(body && contentOf(body)), ...streamedBody },
    responses: Object.fromEntries(
      Object.entries(response ?? {}).map(([status, each]) => [
        status,
        isZod(each) ? { content: each } : { ...each, content: contentOf(each) },
      ]),
    ),
  };
}

/** Fastify's form for what has several media types, or another than JSON. */
interface ByMediaType {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/** What a dialect may write as a route's `schema`, which Fastify types as `unknown`. */
interface Schemas {
  readonly params?: z.ZodType;
  readonly querystring?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: z.ZodType | ByMediaType;
  readonly response?: Readonly<Record<string, z.ZodType | ByMediaType>>;
}

function contentOf(body: z.ZodType | ByMediaType): Content {
  if (isZod(body)) return { 'application/json': body };
  return Object.fromEntries(Object.entries(body.content).map(([type, { schema }]) => [type, schema]));
}

/** Whether it is a schema, and not an object that holds some. */
export function isZod(value: object): value is z.ZodType {
  return '_zod' in value;
}

function toOpenApiPath(url: string): string {
  return url.replace(/:(\w+)(?:\([^)]*\))?/g, '{$1}').replace(/(?<=.)\/$/, '');
}
