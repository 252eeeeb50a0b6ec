import { findColumn, type RecordResource } from '../catalogue/record-resource.ts';

const sortable = ['createdAt', 'updatedAt'] as const;
export type SortField = (typeof sortable)[number];

/** What of a list of records is shown, as the address has it; what is not there is as it is by itself. */
export interface View {
  readonly q?: string;
  /** JSON. */
  readonly criteria?: string;
  /** From 2 on. */
  readonly page?: number;
  /** Such as `updatedAt:asc`; the newest first unless given. */
  readonly sort?: string;
  /** Names, with commas between them. */
  readonly columns?: string;
  /** The id of the record whose details are shown. */
  readonly record?: string;
}

const NEWEST = 'createdAt:desc';
/** Longest text that the server searches for. */
const MAX_SEARCH = 256;

/** Ids of our records; of those of a table that was adopted their keys, as JSON. */
const RECORD = /^(?:[0-9a-f]{24}|\[.{1,4000}\])$/s;

/** What an address asks for. What cannot be understood is passed over: addresses are shared, and outlive what they were made of. */
export function parseRecordsView(search: Readonly<Record<string, unknown>>): View {
  const page = Number(search.page);
  const text = (name: string) => (typeof search[name] === 'string' ? search[name].trim() : '');
  const q = text('q').slice(0, MAX_SEARCH);
  const sort = text('sort');
  const record = text('record');
  return {
    ...(q && { q }),
    ...(text('criteria') && { criteria: text('criteria') }),
    ...(Number.isSafeInteger(page) && page > 1 && { page }),
    ...(sort !== NEWEST && /^(createdAt|updatedAt):(asc|desc)$/.test(sort) && { sort }),
    ...(text('columns') && { columns: text('columns') }),
    ...(RECORD.test(record) && { record }),
  };
}

/** Another list, from its first page, without what was only of the one before. */
export function changed({ page: _, record: __, ...view }: View, change: Readonly<Record<string, unknown>>): View {
  return parseRecordsView({ ...view, ...change });
}

export function isFiltered({ q, criteria }: View): boolean {
  return q !== undefined || criteria !== undefined;
}

/** By which of its times a list can be sorted: those that its records have. */
export function sortableBy({ members }: RecordResource): readonly SortField[] {
  return sortable.filter((field) => members[field] !== undefined);
}

/** By what the list is sorted. */
export function sortOf({ sort = NEWEST }: View): { readonly field: SortField; readonly descending: boolean } {
  const [name, direction] = sort.split(':');
  return { field: name === 'updatedAt' ? 'updatedAt' : 'createdAt', descending: direction === 'desc' };
}

/** The same list, sorted by a field: sorting by the same field again reverses the order. */
export function sortedBy(view: View, field: SortField): View {
  const now = sortOf(view);
  return changed(view, { sort: `${field}:${now.field === field && now.descending ? 'asc' : 'desc'}` });
}

/** The visible columns, in the resource's order; the default columns if the address names no existing one. */
export function columnsOf({ columns }: View, resource: RecordResource): string[] {
  const named = columns?.split(',').filter((name) => findColumn(resource, name) || name === openColumn(resource)) ?? [];
  if (named.length > 0) return namesOf(resource).filter((name) => named.includes(name));
  return namesOf(resource).filter(
    (name) => name === openColumn(resource) || resource.columns.some((each) => each.name === name && each.shown),
  );
}

/** Every column that can be shown; the open ones are one. */
export function namesOf(resource: RecordResource): string[] {
  const open = openColumn(resource);
  return [...resource.columns.map(({ name }) => name), ...(open === undefined ? [] : [open])];
}

/** The name under which a record has its open columns. */
function openColumn({ open }: RecordResource): string | undefined {
  return open?.prefix.slice(0, -1);
}
