import { toHex24 } from '../task/ids.ts';
import { pathOf } from './declaration/names.ts';
import { jsonValue } from './record-values.ts';
import type { Resource } from './resource.ts';

/** A stored record. */
export interface StoredRecord {
  /** Of an owner's table: the texts of its key, as JSON. */
  readonly id: string;
  /** Null: nobody knows. */
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  /** By name as the API spells it: the columns, open ones as one object under their prefix without the dot, the document. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What a record has beside its columns, by the names that the API gives them. */
export interface OwnMembers {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The names of a record's own members; one that a column has too gets an underscore before it. */
export function ownMembers({ columns, open, document }: Resource): OwnMembers {
  const taken = new Set(columns.map(({ name }) => pathOf(name)[0]));
  for (const name of [open?.prefix.slice(0, -1), document?.name]) taken.add(name);
  const free = (name: string): string => (taken.has(name) ? free(`_${name}`) : name);
  return { id: free('id'), createdAt: free('createdAt'), updatedAt: free('updatedAt') };
}

/**
 * A record as lists and exports show it: nested objects; what has no value is left out. A record of an owner's table has nothing beside its
 * columns.
 */
export function toRecordObject(resource: Resource, record: StoredRecord): Record<string, unknown> {
  const { columns, open, document } = resource;
  const own = ownMembers(resource);
  const shown: Record<string, unknown> = resource.adopted ? {} : { [own.id]: toHex24(record.id) };
  for (const { name, type } of columns) {
    const value = record.values[name];
    if (value !== null && value !== undefined) put(shown, pathOf(name), jsonValue(value, type.sql));
  }
  const openName = open?.prefix.slice(0, -1);
  const free = openName && record.values[openName];
  if (free && Object.keys(free).length > 0) shown[openName] = free;
  if (document) shown[document.name] = record.values[document.name];
  if (record.createdAt) shown[own.createdAt] = record.createdAt.toISOString();
  if (record.updatedAt) shown[own.updatedAt] = record.updatedAt.toISOString();
  return shown;
}

function put(target: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const branch = Object.hasOwn(target, name) ? (target[name] as Record<string, unknown>) : {};
  target[name] = branch;
  put(branch, rest, value);
}
