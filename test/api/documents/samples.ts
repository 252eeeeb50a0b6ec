import fc from 'fast-check';
import { type OpenApi, resolve, type Schema } from './operations.ts';

/** Below this, what may be left out is, so that a schema that contains itself comes to an end. */
const MAX_DEPTH = 4;

/** Values that a schema takes; files (`format: binary`) are texts. */
export function valid(given: Schema, document: OpenApi, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolve(given, document);
  const choices = schema.anyOf ?? schema.oneOf;
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (choices) return fc.oneof(...choices.map((choice) => valid(choice, document, depth + 1)));
  if (schema.allOf) return all(schema.allOf, document, depth);
  const [type] = [schema.type ?? 'any'].flat();
  if (type === 'object') return object(schema, document, depth);
  if (type === 'array') {
    return fc.array(valid(schema.items ?? {}, document, depth + 1), { maxLength: depth > MAX_DEPTH ? 0 : 3 });
  }
  return scalar(type ?? 'any', schema);
}

function scalar(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const { minimum: min = -1_000_000, maximum: max = 1_000_000 } = schema;
  if (type === 'string') return text(schema);
  if (type === 'integer') return fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) });
  if (type === 'number') return fc.double({ min, max, noNaN: true });
  if (type === 'boolean') return fc.boolean();
  return type === 'null' ? fc.constant(null) : fc.jsonValue();
}

function text({ format, pattern, minLength, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString());
  if (format === 'date')
    return fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString().slice(0, 10));
  if (format === 'uuid') return fc.uuid();
  if (pattern) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ unit: 'grapheme', maxLength: Math.min(maxLength, 40), ...(minLength && { minLength }) });
}

function object(schema: Schema, document: OpenApi, depth: number): fc.Arbitrary<object> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const names = Object.keys(properties).filter((name) => depth <= MAX_DEPTH || required.includes(name));
  const model = Object.fromEntries(names.map((name) => [name, valid(properties[name] ?? {}, document, depth + 1)]));
  const known = fc.record(model, { requiredKeys: names.filter((name) => required.includes(name)) });
  if (names.length > 0 || typeof additionalProperties !== 'object') return known;
  return fc.dictionary(fc.string(), valid(additionalProperties, document, depth + 1), { maxKeys: 3 });
}

function all(schemas: readonly Schema[], document: OpenApi, depth: number): fc.Arbitrary<object> {
  return fc
    .tuple(...schemas.map((schema) => valid(schema, document, depth + 1)))
    .map((values) => Object.assign({}, ...(values as object[])));
}

/** Values with nothing in them that may be left out. */
export function required(given: Schema, document: OpenApi): fc.Arbitrary<unknown> {
  return valid(given, document, MAX_DEPTH + 1);
}

/** Texts on which programs are known to trip. */
export const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-1',
  '0',
  '00',
  '1.5',
  '2147483648',
  '999999999999999',
  '9223372036854775808',
  '1e999',
  '9'.repeat(40),
  '0x10',
  '../../etc/passwd',
  "' or 1=1 --",
  '%00',
  '{{7*7}}',
  '\u202e\u0000\ufeff',
  '2026-13-45T99:99:99Z',
  '🙂'.repeat(100),
  'x'.repeat(3_000),
];

export const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary' }));

/** Anything that JSON can say and nobody means. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    1e308,
    2 ** 53,
    [],
    {},
    [[]],
    'x'.repeat(100_000),
    JSON.parse('{"__proto__":{"x":1}}'),
  ),
  fc.jsonValue(),
);

/** Values that a schema nearly takes: one member is wrong, missing, or unknown; or nothing is as it should be. */
export function nearly(schema: Schema, document: OpenApi): fc.Arbitrary<unknown> {
  const member = fc.tuple(
    valid(schema, document),
    fc.nat(),
    fc.constantFrom('change', 'drop', 'add'),
    oddText,
    oddValue,
  );
  return fc.oneof(
    oddValue,
    member.map(([value, index, how, name, odd]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return odd;
      const names = Object.keys(value);
      const chosen = names[index % Math.max(1, names.length)];
      if (how === 'add' || chosen === undefined) return { ...value, [name]: odd };
      const { [chosen]: _, ...rest } = value as Record<string, unknown>;
      return how === 'drop' ? rest : { ...rest, [chosen]: odd };
    }),
  );
}

/** Bodies that are no JSON, or such that a careless reader falls over them. */
export const BROKEN_JSON = [
  '',
  ' ',
  '{',
  '{"a":',
  'null,',
  "{'a':1}",
  '\ufeff{}',
  'NaN',
  '"\\ud800"',
  '"\\u0000"',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '['.repeat(10_000) + ']'.repeat(10_000),
  `${'{"all":['.repeat(10_000)}{}${']}'.repeat(10_000)}`,
  '['.repeat(10_000),
  `{"a":${'9'.repeat(10_000)}}`,
];
