import type { Attribute, TaskFilter } from '../../../../service/tasks/search-tasks.ts';
import { parseId } from '../../../../task/ids.ts';
import { isRawNumber } from '../../../../task/json/exact-json.ts';
import { readJson } from '../../../http/bodies/json-value.ts';
import { isStorable, UNSTORABLE } from '../../../http/bodies/storable.ts';

/** A single comparison of an attribute with a value; the other operators are made of these. */
export type Comparator = 'eq' | 'lt' | 'lte' | 'gt' | 'gte' | 'like';

/** What a filter says that cannot be read; the message tells what and where. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

const MAX_TEXT = 10_000;
const MAX_PATTERN = 256;
const DAY_MILLISECONDS = 86_400_000;

/** Whether an attribute equals one of the values. */
export function oneOf(attribute: Attribute, values: readonly unknown[], where: string): TaskFilter {
  const given = values.filter((value) => !isNull(value));
  const parts: TaskFilter[] = given.length < values.length ? [{ attribute, op: 'null' }] : [];
  switch (attribute) {
    case 'createdAt':
    case 'updatedAt':
      parts.push(...given.map((value): TaskFilter => ({ attribute, op: 'within', ...readTime(value, where) })));
      break;
    case 'request':
    case 'response':
      parts.push({ attribute, op: 'in', values: given.map((value) => readJsonText(value, where)) });
      break;
    case 'taskId':
      // What is no id is no task's.
      parts.push({ attribute, op: 'in', values: given.flatMap((value) => parseId(readText(value, where)) ?? []) });
      break;
    default:
      parts.push({ attribute, op: 'in', values: given.map((value) => readText(value, where)) });
  }
  return { any: parts };
}

/** A comparison of an attribute with a value. */
export function comparison(attribute: Attribute, op: Comparator, value: unknown, where: string): TaskFilter {
  if (op === 'eq') return oneOf(attribute, [value], where);
  if (isNull(value)) throw new FilterError(`${where}: NULL can only be compared with eq, neq, in or nin`);
  if (op === 'like') return { attribute, op, value: readPattern(value, where) };
  if (attribute !== 'createdAt' && attribute !== 'updatedAt') {
    const text = readText(value, where);
    return { attribute, op, value: attribute === 'taskId' ? (parseId(text) ?? text) : text };
  }
  const { from, until } = readTime(value, where);
  // A day is as long as it is: what is after it begins when it ends.
  const bounds = { lt: { until: from }, lte: { until }, gt: { from: until }, gte: { from } };
  return { attribute, op: 'within', ...bounds[op] };
}

/** `"NULL"` is null (docs/api/task-v2.md "Filters"), and so is null. */
function isNull(value: unknown): boolean {
  return value === null || value === 'NULL';
}

function readText(given: unknown, where: string): string {
  const value = isRawNumber(given) ? given.rawJSON : given;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new FilterError(`${where} must be compared with a string`);
  }
  const text = String(value);
  if (text.length > MAX_TEXT) throw new FilterError(`${where} can be compared with at most ${MAX_TEXT} characters`);
  if (!isStorable(text)) throw new FilterError(`${where} ${UNSTORABLE}`);
  return text;
}

function readPattern(value: unknown, where: string): string {
  const pattern = readText(value, where);
  if (pattern.length <= MAX_PATTERN) return pattern;
  throw new FilterError(`${where}: a pattern can have at most ${MAX_PATTERN} characters`);
}

function readJsonText(value: unknown, where: string): string {
  const read = readJson(value);
  if ('problem' in read) throw new FilterError(`${where} ${read.problem}`);
  // What PostgreSQL compares, which tells numbers by what they are.
  return JSON.stringify(read.value);
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?$/;

/**
 * A day in UTC, as the dialect shows it, or a moment, to the millisecond, as the other dialects do: from when until when
 * it lasts.
 */
function readTime(value: unknown, where: string): { from: Date; until: Date } {
  if (typeof value === 'string') {
    if (isDay(value)) return lasting(Date.parse(value), DAY_MILLISECONDS);
    const [, day, offset] = MOMENT.exec(value) ?? [];
    const at = Date.parse(`${value.toUpperCase().replace(' ', 'T')}${offset ? '' : 'Z'}`);
    if (day !== undefined && isDay(day) && !Number.isNaN(at)) return lasting(at, 1);
  }
  throw new FilterError(`${where} must be compared with a date such as 2026-01-31 or 2026-01-31T09:00:00Z`);
}

function isDay(text: string): boolean {
  const at = DAY.test(text) && !text.startsWith('0000') ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function lasting(from: number, milliseconds: number): { from: Date; until: Date } {
  return { from: new Date(from), until: new Date(from + milliseconds) };
}
