import type { Resource } from '../../resources/resource.ts';
import type { ColumnType } from '../../resources/types/column-type.ts';
import { text } from '../../resources/types/texts.ts';
import { OPERATORS, type Operator } from './criteria.ts';

/** What a criteria can name of a resource: a column, a member of the open columns, a value inside the document. */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
  /** Column of the table, as the resource declares it. */
  readonly sql: string;
  /** Where in that `jsonb` column the value is; compared as text. */
  readonly path?: readonly string[];
  /** It is any of the open columns: some value of that `jsonb` column. */
  readonly any?: true;
  /** Values may be blank and begin or end with spaces, which those of columns never do. */
  readonly verbatim?: true;
  readonly operators: readonly Operator[];
}

/** What a value inside a document can be compared with; longer ones are found with `like`. */
const documentValue = text(10_000);
// No order: 9 would come behind 10, since documents declare no types.
const DOCUMENT_OPERATORS: readonly Operator[] = ['eq', 'ne', 'in', 'like', 'exists'];
const LIST_OPERATORS: readonly Operator[] = ['eq', 'ne', 'in', 'like', 'exists'];
const EQUALITY_OPERATORS: readonly Operator[] = ['eq', 'ne', 'in', 'exists'];
/** Types whose order, where PostgreSQL has one, says nothing to people. */
const UNORDERED: readonly ColumnType['sql'][] = ['boolean', 'uuid', 'bytea', 'jsonb'];

/**
 * The field of that name, exactly as it is written; `undefined` when the resource has none. Inside a document, dots go into
 * objects, and numbers into lists.
 */
export function findField({ columns, unlisted = [], open, document }: Resource, name: string): Field | undefined {
  // No stored member has U+0000 in its name, and PostgreSQL refuses to look for one.
  if (name.includes('\0')) return undefined;
  const column = [...columns, ...unlisted].find((candidate) => candidate.name === name);
  if (column) return { name, type: column.type, sql: column.sql, operators: operatorsOf(column.type) };
  if (open && name.length > open.prefix.length && name.startsWith(open.prefix)) {
    if (name === `${open.prefix}*`) return { name, type: open.type, sql: open.sql, any: true, operators: ['like'] };
    const path = [name.slice(open.prefix.length)];
    return { name, type: open.type, sql: open.sql, path, operators: operatorsOf(open.type) };
  }
  const [first, ...path] = name.split('.');
  if (!document || first !== document.name || path.length === 0 || path.includes('')) return undefined;
  return { name, type: documentValue, sql: document.sql, path, verbatim: true, operators: DOCUMENT_OPERATORS };
}

/** The names of all fields, as a sentence lists them. */
export function fieldNames({ columns, open, document }: Resource): string {
  const names = columns.map(({ name }) => name);
  if (open) names.push(`${open.prefix}*`);
  if (document) names.push(`${document.name}.*`);
  return names.join(', ');
}

function operatorsOf({ sql, list, unordered }: ColumnType): readonly Operator[] {
  if (list) return sql === 'text[]' ? LIST_OPERATORS : EQUALITY_OPERATORS;
  if (sql === 'text') return unordered ? LIST_OPERATORS : OPERATORS;
  return UNORDERED.includes(sql) ? EQUALITY_OPERATORS : OPERATORS.filter((operator) => operator !== 'like');
}
