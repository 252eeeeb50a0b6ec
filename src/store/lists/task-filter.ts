import { type Conditions, compileConditions } from '../connection/conditions.ts';
import { join, raw, type Sql, sql, typed } from '../connection/sql.ts';

/** What tasks can be searched by: members of the task object of the dialects that search. */
export type TextAttribute = 'taskId' | 'handler' | 'userId' | 'entityId' | 'status';
export type JsonAttribute = 'request' | 'response';
export type TimeAttribute = 'createdAt' | 'updatedAt';
export type Attribute = TextAttribute | JsonAttribute | TimeAttribute;

/**
 * What is said of one attribute of a task. Which is true or false of it:
 * - `null`: it has no value.
 * - `in`: its value is one of these: of ids UUIDs; of JSON as values, however they are written.
 * - `lt` … `gte`: by code points.
 * - `from`, `until`: the moment is not before `from`, and before `until`.
 * - `like`: in any case, and with `%` the whole text, `%` standing for any characters and `_` for one; without, the text is
 *   somewhere in it. JSON is as it is shown, moments are days.
 */
export type TaskCondition =
  | { readonly attribute: Attribute; readonly op: 'null' }
  | { readonly attribute: Attribute; readonly op: 'like'; readonly value: string }
  | { readonly attribute: TextAttribute | JsonAttribute; readonly op: 'in'; readonly values: readonly string[] }
  | { readonly attribute: TextAttribute | JsonAttribute; readonly op: Comparison; readonly value: string }
  | { readonly attribute: TimeAttribute; readonly op: 'within'; readonly from?: Date; readonly until?: Date };

/** Which tasks are meant. */
export type TaskFilter = Conditions<TaskCondition>;

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte';

/** The attributes as SQL: of JSON the value, and the text that is shown. */
export interface AttributeSql {
  readonly text: Readonly<Record<Attribute, Sql>>;
  readonly json: Readonly<Record<JsonAttribute, Sql>>;
  readonly time: Readonly<Record<TimeAttribute, Sql>>;
}

const COMPARISONS = {
  lt: raw('<'),
  lte: raw('<='),
  gt: raw('>'),
  gte: raw('>='),
} as const satisfies Record<Comparison, Sql>;

/**
 * A filter as a condition in parentheses. The text is put together of `attributes` and our own words alone; all that came from outside
 * is in the values.
 */
export function compileFilter(attributes: AttributeSql, filter: TaskFilter): Sql {
  return compileConditions(filter, (condition) => compileCondition(attributes, condition));
}

function compileCondition(attributes: AttributeSql, condition: TaskCondition): Sql {
  const text = attributes.text[condition.attribute];
  if (condition.op === 'null') return sql`${text} is null`;
  if (condition.op === 'like') return like(text, condition.value);
  if (condition.op === 'in') return isOneOf(attributes, condition.attribute, condition.values);
  if (condition.op !== 'within')
    return sql`${text} collate "C" ${COMPARISONS[condition.op]} ${typed(condition.value, 'text')}`;
  const time = attributes.time[condition.attribute];
  const { from, until } = condition;
  const within = [
    ...(from ? [sql`${time} >= ${typed(from, 'timestamptz')}`] : []),
    ...(until ? [sql`${time} < ${typed(until, 'timestamptz')}`] : []),
  ];
  return within.length === 0 ? sql`true` : join(within, ' and ');
}

function isOneOf(
  { text, json }: AttributeSql,
  attribute: TextAttribute | JsonAttribute,
  among: readonly string[],
): Sql {
  if (attribute === 'request' || attribute === 'response')
    return sql`${json[attribute]} = any(${typed(among, 'jsonb[]')})`;
  // As what it is stored, so that its index serves.
  if (attribute === 'taskId') return sql`t.id = any(${typed(among, 'uuid[]')})`;
  return sql`${text[attribute]} = any(${typed(among, 'text[]')})`;
}

function like(text: Sql, value: string): Sql {
  if (!value.includes('%')) return sql`strpos(lower(${text}), lower(${typed(value, 'text')})) > 0`;
  return sql`${text} ilike ${typed(value, 'text')} escape ''`;
}
