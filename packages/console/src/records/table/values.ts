import type { RecordResource } from '../../catalogue/record-resource.ts';

/** A record as the API lists it. */
export interface ListedRecord {
  readonly [member: string]: unknown;
}

/** What a record has beside its columns, as far as it has that. */
export function ownOf(record: ListedRecord, { members }: Pick<RecordResource, 'members'>) {
  const text = (member: string | undefined) => {
    const value = member === undefined ? undefined : record[member];
    return typeof value === 'string' ? value : undefined;
  };
  return { id: text(members.id), createdAt: text(members.createdAt), updatedAt: text(members.updatedAt) };
}

/** What tells a record in a list: its id; without one, the values of its key. */
export function idOf(record: ListedRecord, resource: Pick<RecordResource, 'members' | 'key'>): string {
  return ownOf(record, resource).id ?? JSON.stringify(resource.key.map((name) => valueAt(record, name) ?? null));
}

/** What a record has under a name such as `basic.name`. */
export function valueAt(record: ListedRecord, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>(
      (within, member) => (isObject(within) && Object.hasOwn(within, member) ? within[member] : undefined),
      record,
    );
}

/** All that a record has, by the names of its members; lists of plain values are one. */
export function membersOf(value: unknown, path: readonly string[] = []): (readonly [string, unknown])[] {
  if (isObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, inner]) => membersOf(inner, [...path, name]));
  }
  if (Array.isArray(value) && value.some((each) => typeof each === 'object' && each !== null)) {
    return value.flatMap((inner, index) => membersOf(inner, [...path, String(index)]));
  }
  return [[path.join('.'), value]];
}

/** A value in one line. */
export function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(', ');
  if (!isObject(value)) return value === null || value === undefined ? '' : String(value);
  if (Object.keys(value).length === 0) return '{}';
  return membersOf(value)
    .map(([name, inner]) => `${name}: ${plainText(inner)}`)
    .join(', ');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
