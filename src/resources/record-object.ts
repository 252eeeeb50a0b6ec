import { toHex24 } from '../task/ids.ts';
import { numberOf } from '../task/json/exact-json.ts';
import type { ColumnType } from './cells/types.ts';
import type { Resource } from './resource.ts';

/** A record as it is stored. */
export interface StoredRecord {
  readonly id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** By name as the API spells it: the columns, open ones as one object under their prefix without the dot, the document. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A record as lists and exports show it: nested objects; what has no value is left out. */
export function toRecordObject({ columns, open, document }: Resource, record: StoredRecord): Record<string, unknown> {
  const shown: Record<string, unknown> = { id: toHex24(record.id) };
  for (const { name, type } of columns) {
    const value = record.values[name];
    if (value !== null && value !== undefined) put(shown, name.split('.'), toJsonValue(value, type.sql));
  }
  const openName = open?.prefix.slice(0, -1);
  const free = openName && record.values[openName];
  if (free && Object.keys(free).length > 0) shown[openName] = free;
  if (document) shown[document.name] = record.values[document.name];
  return { ...shown, createdAt: record.createdAt.toISOString(), updatedAt: record.updatedAt.toISOString() };
}

function toJsonValue(value: unknown, type: ColumnType['sql']): unknown {
  if (type === 'timestamptz') return (value as Date).toISOString();
  // PostgreSQL's exact numbers come as text, and may be none of JavaScript's.
  return type === 'numeric' ? numberOf(value as string) : value;
}

function put(target: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const branch = (target[name] ?? {}) as Record<string, unknown>;
  target[name] = branch;
  put(branch, rest, value);
}
