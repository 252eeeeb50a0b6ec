import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { problemJson } from '../../src/api/errors/problem-json.ts';
import { collectRoutes, type DeclaredRoute } from '../../src/api/openapi/declared-route.ts';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { serializerCompiler, validatorCompiler } from '../../src/api/schema-compilers.ts';
import type { App, ZodTypeProvider } from '../../src/api/zod.ts';
import { PERMISSIONS } from '../../src/auth/permissions.ts';
import { toHex24 } from '../../src/task/ids.ts';
import {
  type Content,
  compile,
  type DialectDocument,
  type OpenApi,
  type Operation,
  readDocuments,
  type Schema,
} from './documents/operations.ts';
import { openServer, type TestServer, THREE_ROWS } from './server.ts';

const documents = await readDocuments();
let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

/** All objects in a document, with where they are. */
function* objectsIn(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, `${at}/${name}`);
}

function find(document: unknown, reference: string): unknown {
  const names = reference.slice(2).split('/');
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);
}

function schemasOf({ parameters, requestBody, responses }: Operation): { sent: Schema[]; got: Schema[] } {
  const inContent = (content: Content = {}) => Object.values(content).map(({ schema }) => schema);
  return {
    sent: [...parameters.map(({ schema }) => schema), ...inContent(requestBody?.content)],
    got: Object.values(responses).flatMap(({ content }) => inContent(content)),
  };
}

describe.each(documents)('the document of $dialect', ({ dialect, document, operations }) => {
  test('is served, without a token, with the version of the program and the place where tokens are had', async () => {
    const { status, json, headers } = await server.ask(`/openapi/${dialect}.json`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    const served = json as unknown as OpenApi;
    expect(served.paths).toEqual(document.paths);
    expect(served.info).toEqual({ title: `OpenBulk: ${dialect}`, version: '1.2.3' });
    expect(served.components.securitySchemes).toMatchObject({
      oauth2: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'http://127.0.0.1:8080/oauth2/token' } } },
    });
  });

  test('is one of OpenAPI 3.1: its names are unique, its references lead somewhere, its schemas are JSON Schema 2020-12', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const [at, object] of objectsIn(document)) {
      if (typeof object.$ref === 'string') expect([at, find(document, object.$ref)]).toEqual([at, expect.anything()]);
    }
    for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[\w.-]+$/);
    for (const operation of operations) {
      const { sent, got } = schemasOf(operation);
      for (const schema of [...sent, ...got]) expect(() => compile(schema, document)).not.toThrow();
    }
  });

  test.each(operations)('has all of $method $path', (operation) => {
    const { path, operationId, summary, tags, security, responses, parameters } = operation;
    expect(operationId).toMatch(/^[a-z]+(?:[A-Z][A-Za-z0-9]*)+$/);
    expect(summary).toMatch(/^[A-Z].{2,80}$/);
    expect(tags).toHaveLength(1);
    expect(path).toMatch(/^(?:\/(?:[\w.-]+|\{\w+\}))+$/);
    expect(Object.keys(PERMISSIONS)).toContain(operation['x-permission']);
    const instead = operation['x-permissions-instead'] ? [{ oauth2: [] }] : [];
    expect(security).toEqual([{ oauth2: [operation['x-permission']] }, ...instead]);
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(inPath.every(({ required }) => required)).toBe(true);
    const places = parameters.map(({ name, in: place }) => `${place} ${name}`);
    expect(new Set(places).size).toBe(places.length);
    expect(places.includes('header OpenBulk-Organization')).toBe(!path.includes('{organizationId}'));
    expect(Object.keys(responses).some((status) => /^[23]/.test(status))).toBe(true);
    for (const status of ['401', '403', '429', '500', '503']) expect(Object.keys(responses)).toContain(status);
  });

  test.each(operations)('leaves no answer of $method $path open to more than it says', (operation) => {
    for (const [at, object] of objectsIn(schemasOf(operation).got)) {
      if ('properties' in object) expect([at, object.additionalProperties]).toEqual([at, false]);
    }
  });

  test('leaves none of the schemas with a name that answers have open to more than they say', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      // What only requests have.
      if (name.endsWith('Request') || name.startsWith('RequestPart')) continue;
      for (const [at, object] of objectsIn(schema)) {
        if ('properties' in object) expect([name, at, object.additionalProperties]).toEqual([name, at, false]);
      }
    }
  });
});

test('every dialect of the server has its document', async () => {
  const { json } = await server.ask('/openapi');
  expect(json).toEqual({ documents: documents.map(({ dialect }) => ({ dialect, url: `/openapi/${dialect}.json` })) });
});

describe('a dialect that only declares its routes', () => {
  const config = { permission: 'task.create', summary: 'Make a thing' } as const;
  const error = z.object({ title: z.string() }).loose();

  /** The document of a dialect with these routes below `/things`. */
  async function documentOf(routes: (scope: App) => void): Promise<OpenApi> {
    const app = fastify()
      .withTypeProvider<ZodTypeProvider>()
      .setValidatorCompiler(validatorCompiler)
      .setSerializerCompiler(serializerCompiler);
    const declared: DeclaredRoute[] = [];
    app.register(async (scope) => {
      collectRoutes(scope, declared);
      scope.register(async (inner) => routes(inner), { prefix: '/things' });
    });
    await app.ready();
    await app.close();
    const dialect = { name: 'things', prefix: '/things', envelope: problemJson, routes };
    return JSON.parse(JSON.stringify(openApiDocument({ dialect, routes: declared }, { version: '1' })));
  }

  function operationOf(paths: OpenApi['paths'], method: string): Operation {
    return paths['/things']?.[method] as Operation;
  }

  test('says what a client may send, not what the handler gets', async () => {
    const querystring = z.object({
      page: z.preprocess((text) => Number(text), z.int().min(1).default(1)).describe('Which page.'),
      since: z.coerce.number(),
      sort: z
        .string()
        .transform((text) => text.split(','))
        .optional(),
    });
    const { paths } = await documentOf((scope) => {
      scope.get(
        '/',
        { config, schema: { querystring, headers: z.looseObject({ 'x-trace-id': z.string() }) } },
        () => '',
      );
    });
    expect(
      paths['/things']?.get?.parameters.map(({ name, in: place, required, schema }) => [place, name, required, schema]),
    ).toEqual([
      ['query', 'page', false, { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 1 }],
      ['query', 'since', true, { type: 'number' }],
      ['query', 'sort', false, { type: 'string' }],
      ['header', 'X-Trace-Id', true, { type: 'string' }],
      ['header', 'OpenBulk-Organization', false, { type: 'string' }],
    ]);
    expect(paths['/things']?.get?.parameters[0]).toMatchObject({ description: 'Which page.' });
  });

  test('has one path for a route with and without a slash, and none for HEAD', async () => {
    const { paths } = await documentOf((scope) => {
      scope.get('/', { config }, () => '');
      scope.get('/all/', { config }, () => '');
    });
    expect(Object.keys(paths)).toEqual(['/things', '/things/all']);
    expect(Object.keys(paths['/things'] ?? {})).toEqual(['get']);
  });

  test('refers to schemas with a name, and to those that contain themselves', async () => {
    const node = z.object({
      name: z.string(),
      get below() {
        return z.array(node).optional();
      },
    });
    const thing = z.object({ colour: z.string().default('red') }).meta({ id: 'Thing' });
    const document = await documentOf((scope) => {
      scope.post('/', { config, schema: { body: z.object({ node, thing }), response: { 200: thing } } }, () => '');
    });
    const post = operationOf(document.paths, 'post');
    expect(post.requestBody?.content['application/json']?.schema.properties).toEqual({
      node: { $ref: '#/components/schemas/RequestPart0Request' },
      thing: { $ref: '#/components/schemas/ThingRequest' },
    });
    expect(post.responses['200']?.content?.['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/Thing',
    });
    // A default need not be sent, and is always got.
    expect(document.components.schemas.ThingRequest?.required).toBeUndefined();
    expect(document.components.schemas.Thing?.required).toEqual(['colour']);
    expect(document.components.schemas.RequestPart0Request?.properties?.below?.items).toEqual({
      $ref: '#/components/schemas/RequestPart0Request',
    });
  });

  test('has the failures of any route in the media type of its envelope, under the schema that it has for others', async () => {
    const { paths } = await documentOf((scope) => {
      scope.put('/', { config, schema: { response: { 204: z.null(), 400: error } } }, () => '');
    });
    const { responses } = operationOf(paths, 'put');
    expect(Object.keys(responses)).toEqual([
      '204',
      '400',
      '401',
      '403',
      '404',
      '408',
      '413',
      '415',
      '429',
      '500',
      '503',
    ]);
    expect(responses['204']).not.toHaveProperty('content');
    for (const status of ['400', '404', '415', '429']) {
      expect(responses[status]?.content).toMatchObject({
        'application/problem+json': { schema: { required: ['title'] } },
      });
    }
    const headers = Object.keys(responses['429']?.headers ?? {});
    expect(headers).toEqual(expect.arrayContaining(['X-Request-Id', 'RateLimit', 'RateLimit-Policy', 'Retry-After']));
    expect(headers).not.toContain('ETag');
  });

  test('has other media types than JSON, headers of its own, and bodies that are read as they arrive', async () => {
    const { paths } = await documentOf((scope) => {
      const streamedBody = { 'application/jsonl': z.string() };
      const answer = {
        description: 'All of them',
        headers: { 'X-Count': 'How many.' },
        content: { 'text/csv': { schema: z.string() } },
      };
      scope.patch('/', { config: { ...config, streamedBody }, schema: { response: { 200: answer } } }, () => '');
    });
    const { requestBody, responses } = operationOf(paths, 'patch');
    expect(requestBody).toEqual({ required: true, content: { 'application/jsonl': { schema: { type: 'string' } } } });
    expect(responses['200']).toMatchObject({
      description: 'All of them',
      headers: { 'X-Count': { description: 'How many.' } },
      content: { 'text/csv': { schema: { type: 'string' } } },
    });
  });

  test('does not start with a route that has no summary, or no permission', async () => {
    const { permission, summary } = config;
    const start = (given: object) => documentOf((scope) => scope.get('/', { config: given }, () => ''));
    await expect(start({ permission })).rejects.toThrow('The route GET /things does not declare a summary.');
    await expect(start({ summary })).rejects.toThrow('The route GET /things does not declare a permission.');
  });
});

describe('what is streamed is what the document says', () => {
  const { document } = documents[0] as DialectDocument;
  let path: string;
  let token: string;

  beforeAll(async () => {
    const organizationId = await server.organization('acme');
    token = await server.token(organizationId);
    const task = await server.submit(organizationId, 'import-inventory-items', `${THREE_ROWS},,S4\n`);
    await server.working(() => server.finished(task));
    path = `/v1/organizations/acme/bulk-tasks/${toHex24(task.id)}`;
  });

  test('events have the task', async () => {
    const { text } = await server.ask(`${path}/events`, { token });
    const [, data] = /^data: (.*)$/m.exec(text) as RegExpExecArray;
    expect(compile({ $ref: '#/components/schemas/Task' }, document)(JSON.parse(data as string))).toBe(true);
  });

  test('a line of NDJSON is a line of the report', async () => {
    const { text } = await server.ask(`${path}/report?format=ndjson`, { token });
    const report = document.paths['/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}/report']?.get;
    const schema =
      report?.responses['200']?.content?.['application/json']?.schema.properties?.data?.properties?.lines?.items;
    expect(compile(schema as Schema, document)(JSON.parse(text))).toBe(true);
  });
});

test('a member that a schema does not declare does not leave the server', () => {
  const write = serializerCompiler({
    schema: z.object({ a: z.int(), b: z.object({ c: z.int() }) }),
    method: 'GET',
    url: '/',
  });
  expect(write({ a: 1, secret: 2, b: { c: 3, secret: 4 } })).toBe('{"a":1,"b":{"c":3}}');
});

describe('the page at /docs', () => {
  test('comes with all that it is made of, under a policy that lets nothing else run', async () => {
    for (const [path, type] of [
      ['/docs', 'text/html'],
      ['/docs/', 'text/html'],
      ['/docs/page.js', 'text/javascript'],
      ['/docs/page.css', 'text/css'],
    ] as const) {
      const { status, headers } = await server.ask(path);
      expect([path, status, headers.get('content-type')]).toEqual([path, 200, `${type}; charset=utf-8`]);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    }
  });

  test('has nothing inline and nothing from elsewhere', async () => {
    const { text } = await server.ask('/docs');
    expect(text).not.toMatch(/<script(?![^>]* src="\/)|<style|\son\w+=|style=|https?:/);
  });
});
