import type { Resource } from '../../resources/resource.ts';
import { compileConditions } from '../../store/connection/conditions.ts';
import { raw, type Sql, sql, typed } from '../../store/connection/sql.ts';
import type { Condition, Criteria } from './criteria.ts';
import { type Field, findField } from './fields.ts';

const COMPARISONS = { lt: raw('<'), lte: raw('<='), gt: raw('>'), gte: raw('>=') } as const;

/**
 * A criteria as a condition in parentheses. The text is put together of the resource's declared columns and our own words alone; all
 * that came from outside is in the values.
 *
 * @param alias of the resource's table
 * @throws Error when the criteria was read against another resource
 */
export function compileCriteria(resource: Resource, criteria: Criteria, alias: string): Sql {
  return compileConditions(criteria, (condition) => {
    const field = findField(resource, condition.field);
    if (!field) throw new Error(`${resource.name} has no field ${condition.field}`);
    return compileCondition(field, condition, alias);
  });
}

function compileCondition(field: Field, condition: Condition, alias: string): Sql {
  const column = raw(`${alias}.${field.sql}`);
  const stored = field.path ? sql`(${column} #>> ${typed(field.path, 'text[]')})` : column;
  const { op, value } = condition;
  if (op === 'exists') return sql`${stored} is ${raw(value ? 'not ' : '')}null`;
  if (op === 'like') return compileLike(field, stored, typed(value, 'text'));
  if (value === null) return sql`${stored} is ${raw(op === 'ne' ? 'not ' : '')}null`;
  if (field.type.list) return compileList(stored, condition, field.type.sql.slice(0, -2));
  const type = field.type.comparedAs ?? field.type.sql;
  const operand = field.type.comparedAs ? sql`${stored}::${raw(type)}` : stored;
  if (op === 'in') return sql`${operand} = any(${typed(value, `${type}[]`)})`;
  if (op === 'eq') return sql`${operand} = ${typed(value, type)}`;
  if (op === 'ne') return sql`${operand} is distinct from ${typed(value, type)}`;
  // By code points, whatever collation the database was made with.
  const order = raw(type === 'text' ? ' collate "C"' : '');
  return sql`${operand}${order} ${COMPARISONS[op]} ${typed(value, type)}`;
}

/** Of a list or of any open column: that one of the values is like it. */
function compileLike({ type, any }: Field, stored: Sql, pattern: Sql): Sql {
  if (any) return sql`exists (select from jsonb_each_text(${stored}) v where v.value ilike ${pattern})`;
  if (type.sql === 'text[]') return sql`exists (select from unnest(${stored}) v where v ilike ${pattern})`;
  return sql`${stored} ilike ${pattern}`;
}

/** @param item PostgreSQL type of an entry */
function compileList(stored: Sql, { op, value }: Condition, item: string): Sql {
  if (op === 'in') return sql`${stored} && ${typed(value, `${item}[]`)}`;
  const has = sql`${typed(value, item)} = any(${stored})`;
  return op === 'ne' ? sql`(${has}) is not true` : has;
}
