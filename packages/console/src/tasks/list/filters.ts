import { isAction } from '../../catalogue/actions.ts';

export const sortable = ['createdAt', 'updatedAt', 'status', 'action'] as const;
export type SortField = (typeof sortable)[number];

export const statuses = ['pending', 'inProgress', 'completed', 'failed'] as const;
export type Status = (typeof statuses)[number];

/** What people and the other APIs call them. */
const otherWords: Readonly<Record<string, Status>> = {
  ...{
    received: 'pending',
    scheduled: 'pending',
    in_progress: 'inProgress',
    processing: 'inProgress',
    running: 'inProgress',
  },
  cancelled: 'failed',
};

/** What of the list is shown, as the address has it; what is not there is as it is by itself. */
export interface Filters {
  /** From 2 on. */
  readonly page?: number;
  readonly status?: Status;
  /** Only those that have lines with errors. */
  readonly errors?: true;
  readonly action?: string;
  /** Text that is looked for in what tells a task from others. */
  readonly q?: string;
  /** Such as `status:asc`; the newest first unless given. */
  readonly sort?: string;
}

export interface Sort {
  readonly field: SortField;
  readonly descending: boolean;
}

/** What an address asks for. What cannot be understood is passed over: addresses are shared, and outlive what they were made of. */
export function parseFilters(search: Readonly<Record<string, unknown>>): Filters {
  const page = Number(search.page);
  const word = String(search.status ?? '');
  const status = statuses.find((each) => each === (Object.hasOwn(otherWords, word) ? otherWords[word] : word));
  const sort = typeof search.sort === 'string' ? parseSort(search.sort) : undefined;
  return {
    ...(Number.isSafeInteger(page) && page > 1 && { page }),
    ...(status && { status }),
    ...(String(search.errors) === 'true' && { errors: true }),
    ...(isAction(search.action) && { action: search.action }),
    ...(typeof search.q === 'string' && search.q.trim() !== '' && { q: search.q }),
    ...(sort && sort !== NEWEST && { sort: spellSort(sort) }),
  };
}

/** By what the list is sorted. */
export function sortOf({ sort }: Filters): Sort {
  return parseSort(sort ?? '') ?? NEWEST;
}

/** The same list, sorted by a field: sorting by the same field again reverses the order. Goes back to the first page. */
export function sortedBy({ page: _, ...filters }: Filters, field: SortField): Filters {
  const now = sortOf(filters);
  const times = field === 'createdAt' || field === 'updatedAt';
  return parseFilters({
    ...filters,
    sort: spellSort({ field, descending: now.field === field ? !now.descending : times }),
  });
}

/** Whether anything is filtered out. */
export function isFiltered({ status, errors, action, q }: Filters): boolean {
  return status !== undefined || errors !== undefined || action !== undefined || q !== undefined;
}

const NEWEST: Sort = { field: 'createdAt', descending: true };

function parseSort(text: string): Sort | undefined {
  const [name, direction] = text.split(':');
  const field = sortable.find((each) => each === name);
  if (!field) return undefined;
  const descending = direction === 'desc';
  return field === NEWEST.field && descending ? NEWEST : { field, descending };
}

function spellSort({ field, descending }: Sort): string {
  return `${field}:${descending ? 'desc' : 'asc'}`;
}
