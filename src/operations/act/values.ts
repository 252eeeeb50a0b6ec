import { type Column, importableColumns, type Resource } from '../../resources/resource.ts';
import { referencesOf } from '../../resources/tables/constraints.ts';
import type { ColumnType, SqlType } from '../../resources/types/column-type.ts';
import { shown } from '../../task/errors.ts';
import { isRawNumber } from '../../task/json/exact-json.ts';
import { required } from '../../task/line-reasons.ts';
import { described } from '../criteria/values.ts';
import { valueCheck } from '../import/check.ts';
import { type ConfigProblem, whyReadOnly } from '../import/config.ts';
import { standardReading } from '../import/reading.ts';
import { compileReferences, type KnownReference } from '../import/references.ts';

/** Columns that a `set` gives values to. */
export interface ReadValues {
  /** In the order of the resource's columns, with their canonical values. */
  readonly columns: readonly { readonly column: Column; readonly value: string | null }[];
  /** Members of the open columns, by their names without the prefix; null removes one. */
  readonly members: Readonly<Record<string, string | null>>;
}

/** What each line of a `set` has. */
export interface Assignments {
  /** Columns of the table, as statements have them, with their values as texts of their types. */
  readonly columns: readonly { readonly sql: string; readonly type: SqlType; readonly value: string | null }[];
  /** Members of the open column that are set, or, null, removed. */
  readonly open?: { readonly sql: string; readonly members: Readonly<Record<string, string | null>> };
}

/**
 * Reads the values of a `set`, which are written as the API writes records, with the checks of an import's cells.
 *
 * @returns the values, or all that is wrong with them, by paths such as `values.vlan`
 */
export function readValues(
  resource: Resource,
  values: unknown,
): { readonly read: ReadValues } | { readonly problems: readonly ConfigProblem[] } {
  if (typeof values !== 'object' || values === null || Array.isArray(values) || Object.keys(values).length === 0) {
    return { problems: [{ field: 'values', message: 'give at least one column with its value, as an object' }] };
  }
  const problems: ConfigProblem[] = [];
  const found = new Map<string, string | null>();
  const members: [string, string | null][] = [];
  for (const [name, given] of Object.entries(values)) {
    const target = targetOf(resource, name);
    const result = 'problem' in target ? target : readOne(target, given);
    if ('problem' in result) problems.push({ field: `values.${name}`, message: result.problem });
    else if ('member' in target && target.member !== undefined) members.push([target.member, result.value]);
    else found.set(name, result.value);
  }
  problems.push(...checkReferences(resource, found));
  if (problems.length > 0) return { problems };
  const columns = resource.columns.flatMap((column) => {
    const value = found.get(column.name);
    return value === undefined ? [] : [{ column, value }];
  });
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return { read: { columns, members: Object.fromEntries(members) } };
}

/** What a task sets, of the values that were read. @param references of the resource: the keys that they name are values of their own */
export function assignmentsOf(
  { open }: Resource,
  { columns, members }: ReadValues,
  references: readonly KnownReference[],
): Assignments {
  const values = columns.map(({ value }) => value);
  const refers = compileReferences(
    references,
    columns.map(({ column }) => column),
  );
  return {
    columns: [
      ...columns.map(({ column, value }) => ({ sql: column.sql, type: column.type.sql, value })),
      ...refers.map(({ column, keyOf }) => ({ sql: column, type: 'text' as const, value: keyOf(values) })),
    ],
    ...(open && Object.keys(members).length > 0 && { open: { sql: open.sql, members } }),
  };
}

/** A column, or a member of the open columns. */
type Target = Pick<Column, 'name' | 'type' | 'required' | 'missingValues'> & { readonly member?: string };

function targetOf(resource: Resource, name: string): Target | { readonly problem: string } {
  const { columns, open, key } = resource;
  const column = columns.find((candidate) => candidate.name === name);
  if (column?.readOnly) return { problem: whyReadOnly(resource, name) as string };
  if (column && key.columns.includes(name))
    return { problem: `${name} identifies the record and cannot be set; use an import, or delete the records` };
  if (column) return column;
  if (open && name.length > open.prefix.length && name.startsWith(open.prefix))
    return { name, type: open.type, member: name.slice(open.prefix.length) };
  const names = importableColumns(resource).flatMap((each) => (key.columns.includes(each.name) ? [] : each.name));
  if (open) names.push(`${open.prefix}*`);
  const known = names.length > 0 ? `it can set ${names.join(', ')}` : 'it has no columns that can be set';
  return { problem: `${resource.name} has no column ${shown(name)}; ${known}` };
}

function readOne(target: Target, given: unknown): { readonly value: string | null } | { readonly problem: string } {
  const { name, type } = target;
  if (given === null) {
    return target.required ? { problem: required(name, '').reason } : { value: null };
  }
  const text = textOf(type, given);
  if (text === undefined || !text.isWellFormed() || text.includes('\0')) {
    const { expected, standardExpected = expected } = type;
    return { problem: `${name} must be ${standardExpected}; found ${described(given)}` };
  }
  const result = valueCheck(target, standardReading(type))(text);
  return typeof result === 'object' && result !== null ? { problem: result.reason } : { value: result };
}

/** A value of JSON as the text that a check reads; `undefined` of what no text stands for. */
function textOf(type: ColumnType, given: unknown): string | undefined {
  if (typeof given === 'string') return given;
  if (typeof given === 'number' || typeof given === 'boolean') return String(given);
  if (isRawNumber(given)) return given.rawJSON;
  if (type.list) return Array.isArray(given) ? listText(type.list, given) : undefined;
  return type.sql === 'jsonb' ? JSON.stringify(given) : undefined;
}

/** The delimiter alone is an empty list. */
function listText({ delimiter, item }: NonNullable<ColumnType['list']>, given: readonly unknown[]): string | undefined {
  const texts = given.map((entry) => textOf(item, entry));
  const isEntry = (text: string | undefined) => text !== undefined && text.trim() !== '' && !text.includes(delimiter);
  if (!texts.every(isEntry)) return undefined;
  return texts.length === 0 ? delimiter : texts.join(delimiter);
}

/** Fields that name a record together. */
function checkReferences(resource: Resource, found: ReadonlyMap<string, string | null>): ConfigProblem[] {
  const problem = (field: string | undefined, fields: readonly string[], advice: string) => [
    { field: `values.${field}`, message: `${fields.join(', ')} refer to a record together; ${advice}` },
  ];
  const held = resource.adopted?.references ?? [];
  return [...referencesOf(resource), ...held].flatMap(({ fields }) => {
    const given = fields.filter((field) => found.has(field));
    if (given.length === 0) return [];
    if (given.length < fields.length) return problem(given[0], fields, 'set all of them');
    const blank = fields.filter((field) => found.get(field) === null);
    // Where one column holds all of them there is no half.
    if (!held.some((one) => one.fields === fields) || blank.length === 0 || blank.length === fields.length) return [];
    return problem(blank[0], fields, 'set all of them, or none');
  });
}
