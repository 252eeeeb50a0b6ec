import { z } from 'zod';

/** A schema of JSON Schema 2020-12, as OpenAPI 3.1 has them. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** The schemas of one document. */
export interface JsonSchemas {
  /** What a client may send. */
  request(schema: z.ZodType): JsonSchema;
  /** What a client gets. */
  response(schema: z.ZodType): JsonSchema;
  /** Those that have a name (`meta({ id })`) or contain themselves: what the others refer to. */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/**
 * Translates the schemas that check requests (their input: what comes before defaults, coercion and transforms) and those that write
 * responses (their output). Each kind is translated at once, so that a name means one thing in the whole document.
 */
export function toJsonSchemas(requests: Iterable<z.ZodType>, responses: Iterable<z.ZodType>): JsonSchemas {
  const [sent, got] = [translate(requests, 'input'), translate(responses, 'output')];
  // A named schema with a default, say, is one thing when it is sent and another when it is got.
  const differ = Object.keys(sent.defs).some(
    (name) => got.defs[name] && JSON.stringify(got.defs[name]) !== JSON.stringify(sent.defs[name]),
  );
  const [request, response] = [publish(sent, differ ? 'Request' : ''), publish(got, '')];
  return {
    request: (schema) => request.of(schema),
    response: (schema) => response.of(schema),
    components: { ...request.components, ...response.components },
  };
}

interface Translated {
  readonly order: readonly z.ZodType[];
  readonly schemas: readonly JsonSchema[];
  readonly defs: Readonly<Record<string, JsonSchema>>;
}

function translate(schemas: Iterable<z.ZodType>, io: 'input' | 'output'): Translated {
  const order = [...new Set(schemas)];
  // One object around them all: so none is the root, which a schema that contains itself would be referred to as `#`.
  const whole = z.toJSONSchema(z.object({ ...order }), {
    io,
    target: 'draft-2020-12',
    // The pattern beside them is a screenful, of leap years and such.
    override: ({ jsonSchema }) => {
      if (['date-time', 'date', 'email'].includes(jsonSchema.format ?? '')) delete jsonSchema.pattern;
    },
  });
  const unnamed = io === 'input' ? 'RequestPart' : 'ResponsePart';
  const text = JSON.stringify(whole).replace(/"(#\/\$defs\/)?__schema(\d+)"/g, `"$1${unnamed}$2"`);
  const { properties = {}, $defs = {} } = JSON.parse(text);
  return { order, schemas: order.map((_, index) => properties[index]), defs: $defs };
}

function publish({ order, schemas, defs }: Translated, suffix: string) {
  const refer = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (key, member) =>
      key === '$ref' ? `${String(member).replace('#/$defs/', '#/components/schemas/')}${suffix}` : member,
    );
  const published = new Map(order.map((schema, index) => [schema, refer(schemas[index])]));
  return {
    of: (schema: z.ZodType) => published.get(schema) as JsonSchema,
    components: Object.fromEntries(Object.entries(refer(defs)).map(([name, each]) => [name + suffix, each])),
  };
}
