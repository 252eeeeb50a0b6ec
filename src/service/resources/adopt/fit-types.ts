import type { SqlType } from '../../../resources/types/column-type.ts';
import type { TypeShape } from '../../../targets/adopted/shape/shape.ts';

/** Types of PostgreSQL whose every value is one of the type that a field is read as. */
const FITTING: Readonly<Partial<Record<SqlType, readonly string[]>>> = {
  numeric: ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money'],
  boolean: ['bool'],
  date: ['date'],
  time: ['time'],
  timestamptz: ['timestamptz', 'timestamp'],
  uuid: ['uuid'],
  bytea: ['bytea'],
  jsonb: ['jsonb', 'json'],
};

/** Whether an owner's column can be read as a field's type. Whatever it is, it can be read as text. */
export function fits(type: SqlType, { schema, name, element }: TypeShape): boolean {
  if (type === 'text') return true;
  if (type.endsWith('[]')) {
    if (!element) return false;
    return type === 'text[]' || isOne(type.slice(0, -2) as SqlType, element);
  }
  return isOne(type, { schema, name });
}

function isOne(type: SqlType, { schema, name }: { readonly schema: string; readonly name: string }): boolean {
  return schema === 'pg_catalog' && FITTING[type]?.includes(name) === true;
}
