/** What tasks can be searched by: members of the task object of the dialects that search. */
export type TextAttribute = 'taskId' | 'handler' | 'userId' | 'entityId' | 'status';
export type JsonAttribute = 'request' | 'response';
export type TimeAttribute = 'createdAt' | 'updatedAt';
export type Attribute = TextAttribute | JsonAttribute | TimeAttribute;

/**
 * Which tasks are meant. Every part is true or false of a task, so `not` has all that its part has not:
 * - `null`: it has no value.
 * - `in`: its value is one of these: of ids UUIDs; of JSON as values, however they are written.
 * - `lt` … `gte`: by code points.
 * - `from`, `until`: the moment is not before `from`, and before `until`.
 * - `like`: in any case, and with `%` the whole text, `%` standing for any characters and `_` for one; without, the text is
 *   somewhere in it. JSON is as it is shown, moments are days.
 */
export type TaskFilter =
  | { readonly and: readonly TaskFilter[] }
  | { readonly or: readonly TaskFilter[] }
  | { readonly not: TaskFilter }
  | { readonly attribute: Attribute; readonly op: 'null' }
  | { readonly attribute: Attribute; readonly op: 'like'; readonly value: string }
  | { readonly attribute: TextAttribute | JsonAttribute; readonly op: 'in'; readonly values: readonly string[] }
  | { readonly attribute: TextAttribute | JsonAttribute; readonly op: Comparison; readonly value: string }
  | { readonly attribute: TimeAttribute; readonly op: 'within'; readonly from?: Date; readonly until?: Date };

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte';

/** The attributes as SQL: of JSON the value, and the text that is shown. */
export interface AttributeSql {
  readonly text: Readonly<Record<Attribute, string>>;
  readonly json: Readonly<Record<JsonAttribute, string>>;
  readonly time: Readonly<Record<TimeAttribute, string>>;
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const satisfies Record<Comparison, string>;

/**
 * A filter as a condition in parentheses and the values of its parameters. The text is put together of `sql` and our own words
 * alone; all that came from outside is in the values.
 */
export function compileFilter(
  sql: AttributeSql,
  filter: TaskFilter,
  firstParameter: number,
): { readonly condition: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [];
  const parameter = (value: unknown, type: string) => `$${firstParameter + values.push(value) - 1}::${type}`;

  function compile(part: TaskFilter): string {
    if ('and' in part) return part.and.length === 0 ? '(true)' : `(${part.and.map(compile).join(' and ')})`;
    if ('or' in part) return part.or.length === 0 ? '(false)' : `(${part.or.map(compile).join(' or ')})`;
    // Not `not`: a comparison with a missing value is null in SQL, and the opposite of null is null.
    if ('not' in part) return `(${compile(part.not)} is not true)`;
    return `(${compileCondition(part)})`;
  }

  function compileCondition(part: Extract<TaskFilter, { attribute: Attribute }>): string {
    const text = sql.text[part.attribute];
    if (part.op === 'null') return `${text} is null`;
    if (part.op === 'like') return like(text, part.value);
    if (part.op === 'in') return isOneOf(part.attribute, part.values);
    if (part.op !== 'within') return `${text} collate "C" ${COMPARISONS[part.op]} ${parameter(part.value, 'text')}`;
    const time = sql.time[part.attribute];
    const from = part.from && `${time} >= ${parameter(part.from, 'timestamptz')}`;
    const until = part.until && `${time} < ${parameter(part.until, 'timestamptz')}`;
    return [from, until].filter(Boolean).join(' and ') || 'true';
  }

  function isOneOf(attribute: TextAttribute | JsonAttribute, among: readonly string[]): string {
    if (attribute === 'request' || attribute === 'response') {
      return `${sql.json[attribute]} = any(${parameter(among, 'jsonb[]')})`;
    }
    // As what it is stored, so that its index serves.
    if (attribute === 'taskId') return `t.id = any(${parameter(among, 'uuid[]')})`;
    return `${sql.text[attribute]} = any(${parameter(among, 'text[]')})`;
  }

  function like(text: string, value: string): string {
    if (!value.includes('%')) return `strpos(lower(${text}), lower(${parameter(value, 'text')})) > 0`;
    return `${text} ilike ${parameter(value, 'text')} escape ''`;
  }

  const condition = compile(filter);
  return { condition, values };
}
