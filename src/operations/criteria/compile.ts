import type { Resource } from '../../resources/resource.ts';
import type { Condition, Criteria } from './criteria.ts';
import { type Field, findField } from './fields.ts';

/** Where in a statement the condition stands. */
export interface StatementPosition {
  /** Alias of the resource's table. */
  readonly alias: string;
  /** Number of the first parameter that is free. */
  readonly firstParameter: number;
}

/** In parentheses, with the values of its parameters. */
export interface Compiled {
  readonly sql: string;
  readonly values: readonly unknown[];
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/**
 * A criteria as a condition in parentheses and the values of its parameters. The text is put together of the resource's
 * declared columns and our own words alone; all that came from outside is in the values.
 *
 * @throws Error when the criteria was read against another resource
 */
export function compileCriteria(
  resource: Resource,
  criteria: Criteria,
  { alias, firstParameter }: StatementPosition,
): Compiled {
  const values: unknown[] = [];
  const parameter: AddParameter = (value, type) => {
    values.push(value);
    return `$${firstParameter + values.length - 1}::${type}`;
  };
  function compile(part: Criteria): string {
    if ('all' in part) return joined(part.all.map(compile), 'and') ?? '(true)';
    if ('any' in part) return joined(part.any.map(compile), 'or') ?? '(false)';
    // Not `not`: a comparison with a missing value is null in SQL, and the opposite of null is null.
    if ('not' in part) return `(${compile(part.not)} is not true)`;
    const field = findField(resource, part.field);
    if (!field) throw new Error(`${resource.name} has no field ${part.field}`);
    return `(${compileCondition(field, part, alias, parameter)})`;
  }
  return { sql: compile(criteria), values };
}

/** Adds a value to the statement and gives its parameter, cast to the type. */
type AddParameter = (value: unknown, type: string) => string;

function joined(parts: readonly string[], word: 'and' | 'or'): string | undefined {
  return parts.length === 0 ? undefined : `(${parts.join(` ${word} `)})`;
}

function compileCondition(field: Field, condition: Condition, alias: string, parameter: AddParameter): string {
  const column = `${alias}.${field.sql}`;
  const stored = field.path ? `(${column} #>> ${parameter(field.path, 'text[]')})` : column;
  const { op, value } = condition;
  if (op === 'exists') return `${stored} is ${value ? 'not ' : ''}null`;
  if (op === 'like') return compileLike(field, stored, parameter(value, 'text'));
  if (value === null) return `${stored} is ${op === 'ne' ? 'not ' : ''}null`;
  if (field.type.list) return compileList(stored, condition, field.type.sql.slice(0, -2), parameter);
  const type = field.type.comparedAs ?? field.type.sql;
  const operand = field.type.comparedAs ? `${stored}::${type}` : stored;
  if (op === 'in') return `${operand} = any(${parameter(value, `${type}[]`)})`;
  if (op === 'eq') return `${operand} = ${parameter(value, type)}`;
  if (op === 'ne') return `${operand} is distinct from ${parameter(value, type)}`;
  // By code points, whatever collation the database was made with.
  const order = type === 'text' ? ' collate "C"' : '';
  return `${operand}${order} ${COMPARISONS[op]} ${parameter(value, type)}`;
}

/** Of a list or of any open column: that one of the values is like it. */
function compileLike({ type, any }: Field, stored: string, pattern: string): string {
  if (any) return `exists (select from jsonb_each_text(${stored}) v where v.value ilike ${pattern})`;
  if (type.sql === 'text[]') return `exists (select from unnest(${stored}) v where v ilike ${pattern})`;
  return `${stored} ilike ${pattern}`;
}

/** @param item PostgreSQL type of an entry */
function compileList(stored: string, { op, value }: Condition, item: string, parameter: AddParameter): string {
  if (op === 'in') return `${stored} && ${parameter(value, `${item}[]`)}`;
  const has = `${parameter(value, item)} = any(${stored})`;
  return op === 'ne' ? `(${has}) is not true` : has;
}
