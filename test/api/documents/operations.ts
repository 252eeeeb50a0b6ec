import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DialectRoutes } from '../../../src/api/openapi/declared-route.ts';
import { openApiDocument } from '../../../src/api/openapi/document.ts';
import type { Permission } from '../../../src/auth/permissions.ts';
import { listDialects } from '../../../src/boot/list-dialects.ts';

/** JSON Schema, as far as the suites look at it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

export type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-permission': Permission;
  /** Any of these is enough as well, for some resource. */
  readonly 'x-permissions-instead'?: readonly { readonly permission: Permission }[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly headers: Readonly<Record<string, { $ref?: string }>>; readonly content?: Content }>
  >;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, { readonly required?: boolean }>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

/** An operation of a document, with what its schemas refer to. */
export interface Operation extends OperationObject {
  readonly dialect: string;
  readonly method: string;
  readonly path: string;
  readonly document: OpenApi;
}

export interface DialectDocument {
  readonly dialect: string;
  readonly document: OpenApi;
  readonly operations: readonly Operation[];
}

/** The documents of all dialects there are, as the server serves them, and without one: so a suite can have a test for each operation. */
export async function readDocuments(): Promise<DialectDocument[]> {
  return (await listDialects()).map(readDocument);
}

function readDocument(routes: DialectRoutes): DialectDocument {
  const dialect = routes.dialect.name;
  const document: OpenApi = JSON.parse(JSON.stringify(openApiDocument(routes, { version: '1.2.3' })));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      dialect,
      method: method.toUpperCase(),
      path,
      document,
    })),
  );
  return { dialect, document, operations };
}

const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addKeyword('components');

const compiled = new WeakMap<Schema, ValidateFunction>();

/** Compiles a schema of a document. @throws Error when it is none */
export function compile(schema: Schema, { components: { schemas } }: OpenApi): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const validate = ajv.compile({ ...schema, components: { schemas } });
  compiled.set(schema, validate);
  return validate;
}

/** The schema itself, where it is a reference. */
export function resolve(schema: Schema, { components: { schemas } }: OpenApi): Schema {
  return schema.$ref ? (schemas[schema.$ref.split('/').at(-1) ?? ''] as Schema) : schema;
}

export interface Given {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Headers that say how HTTP carries a body, and its type, which OpenAPI declares elsewhere. */
const OF_HTTP = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-type']);

/** What an answer has that its operation does not declare; nothing when all is as declared. */
export function undeclared(operation: Operation, { status, headers, text }: Given): string | undefined {
  const response = operation.responses[String(status)];
  if (!response) return `the status ${status}`;
  const { components } = operation.document;
  for (const [name, { $ref }] of Object.entries(response.headers)) {
    const required = components.headers[$ref?.split('/').at(-1) ?? '']?.required;
    if (required && headers[name.toLowerCase()] === undefined) return `no ${name} with a ${status}`;
  }
  const known = new Set(Object.keys(response.headers).map((name) => name.toLowerCase()));
  const unknown = Object.keys(headers).filter((name) => !known.has(name) && !OF_HTTP.has(name));
  if (unknown.length > 0) return `${unknown.join(', ')} with a ${status}`;
  const content = response.content ?? {};
  if (Object.keys(content).length === 0) return text === '' ? undefined : `a body with a ${status}`;
  const type = String(headers['content-type']).split(';')[0] ?? '';
  const { schema } = content[type] ?? {};
  if (!schema) return `the media type ${type} with a ${status}`;
  if (!type.endsWith('json') || type === 'application/x-ndjson') return undefined;
  const validate = compile(schema, operation.document);
  return validate(JSON.parse(text)) ? undefined : `with a ${status}: ${explain(validate.errors)}`;
}

function explain(errors: readonly ErrorObject[] | null | undefined): string {
  return (errors ?? [])
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}
