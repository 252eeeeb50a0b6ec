import type { FastifySchemaCompiler } from 'fastify';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import type { z } from 'zod';
import { Refusal, wrongParameters } from './errors/failure.ts';
import { messages } from './errors/messages.ts';
import { readQuery } from './http/bodies/query-string.ts';

type Check = (data: unknown) => z.ZodSafeParseResult<unknown>;
const ownChecks = new WeakMap<z.ZodType, Check>();

/** Has a body checked otherwise than by its schema, which is what its document says and what it gives. */
export function checkedBy<Schema extends z.ZodType>(
  schema: Schema,
  check: (data: unknown) => z.ZodSafeParseResult<z.output<Schema>>,
): Schema {
  ownChecks.set(schema, check);
  return schema;
}

/** Checks a part of a request; every member that is wrong is named. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const check: Check = ownChecks.get(schema) ?? ((data) => schema.safeParse(data));
  return (data: unknown) => {
    const { values, problems } =
      httpPart === 'querystring'
        ? readQuery(schema, data as Readonly<Record<string, unknown>>)
        : { values: data, problems: [] };
    const parsed = check(values);
    if (parsed.success && problems.length === 0) return { value: parsed.data };
    const told = new Set(problems.map(({ field }) => field));
    const issues = (parsed.error?.issues ?? []).map(({ path, message }) => ({
      field: path.join('.') || (httpPart ?? 'body'),
      message,
    }));
    const wrong = [...problems, ...issues.filter(({ field }) => !told.has(field))];
    if (problems.length > 0) return { error: wrongParameters(wrong) };
    return { error: new Refusal('invalid', messages.invalid, { problems: wrong }) };
  };
};

/** Writes a response through its schema: what the schema does not declare does not leave the server. */
export const serializerCompiler: FastifySerializerCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) =>
    JSON.stringify(schema.parse(data));
