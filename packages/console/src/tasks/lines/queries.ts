import { isOver, type TaskRef } from '@openbulk/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { openbulk } from '../../client.ts';
import type { View } from '../view.ts';

const TASK = '/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}';
/** Lines that are loaded at a time: as many as the server gives. */
const LIMIT = 200;
/** Between two looks at what still grows, ms. */
const LIVELY = 3_000;

export type Causes = Awaited<ReturnType<typeof loadCauses>>;
export type Cause = Causes['causes'][number];
export type LinePage = Awaited<ReturnType<typeof loadLines>>;
export type Line = LinePage['lines'][number];
export type Family = Awaited<ReturnType<typeof loadFamily>>;

/**
 * Why lines have errors, of those that are still to be corrected.
 *
 * @param over whether the task is, so that only corrections change anything
 * @param fixes how these stand (`standOf`)
 */
export function causesQuery(ref: TaskRef, over: boolean, fixes = '') {
  return queryOptions({
    queryKey: ['causes', ref.organization, ref.id, over, fixes],
    queryFn: ({ signal }) => loadCauses(ref, signal),
    placeholderData: (known, of) => (of?.queryKey[2] === ref.id ? known : undefined),
    staleTime: over ? Number.POSITIVE_INFINITY : 0,
    refetchInterval: over ? false : LIVELY,
  });
}

/**
 * The lines that were not applied, of those with errors the ones that are still to be corrected, page by page. Of a task that goes on
 * there are more when its numbers say so.
 *
 * @param fixes how its corrections stand (`standOf`)
 * @param total lines that are to come in all, where that is known
 */
export function linesQuery(
  ref: TaskRef,
  { show, code, column, from }: View,
  { total, fixes }: { readonly total: number | undefined; readonly fixes: string },
) {
  return infiniteQueryOptions({
    queryKey: ['lines', ref.organization, ref.id, { show, code, column, from }, fixes],
    queryFn: ({ pageParam, signal }) => {
      const outcome = show ?? ('errored' as const);
      const open = outcome === 'errored' && { open: true };
      const query = {
        outcome,
        ...open,
        after: pageParam,
        limit: LIMIT,
        ...(code && { code }),
        ...(column && { column }),
      };
      return loadLines(ref, query, signal);
    },
    initialPageParam: (from ?? 1) - 1,
    getNextPageParam(last: LinePage, pages: LinePage[]) {
      if (last.next !== null) return last.next;
      const loaded = pages.reduce((sum, { lines }) => sum + lines.length, 0);
      return loaded < (total ?? 0) ? last.lines.at(-1)?.line : undefined;
    },
    // A page that was read stays as it is: only behind the last one something can be new.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The task that a file began with, and those that correct its lines. */
export function familyQuery(ref: TaskRef, over: boolean) {
  return queryOptions({
    queryKey: ['family', ref.organization, ref.id, over],
    queryFn: ({ signal }) => loadFamily(ref, signal),
    placeholderData: (known, of) => (of?.queryKey[2] === ref.id ? known : undefined),
    refetchInterval: ({ state }) => (state.data?.tasks.every(isOver) === false ? LIVELY : false),
  });
}

/** How the corrections of a family stand: with another one, other lines are still to be corrected. */
export function standOf(family: Family | undefined): string {
  const [, ...corrections] = family?.tasks ?? [];
  return corrections.map(({ id, status }) => `${id} ${status}`).join();
}

async function loadCauses(ref: TaskRef, signal: AbortSignal) {
  const query = { open: true };
  const { data } = await openbulk.organizations.get(`${TASK}/causes`, { path: pathOf(ref), query, signal });
  return data;
}

interface LinesAsked {
  readonly outcome: 'errored' | 'skipped';
  readonly open?: boolean;
  readonly after: number;
  readonly limit: number;
  readonly code?: string;
  readonly column?: string;
}

async function loadLines(ref: TaskRef, query: LinesAsked, signal: AbortSignal) {
  const { data } = await openbulk.organizations.get(`${TASK}/lines`, { path: pathOf(ref), query, signal });
  return data;
}

async function loadFamily(ref: TaskRef, signal: AbortSignal) {
  const { data } = await openbulk.organizations.get(`${TASK}/family`, { path: pathOf(ref), signal });
  return data;
}

export type Fixes = { readonly rows: { line: number; cells: string[] }[] } | { readonly report: File };

/** Sends corrected lines. @returns the task that was made of them */
export async function sendFixes(ref: TaskRef, fixes: Fixes) {
  const { data } = await openbulk.organizations.post(`${TASK}/fixes`, { path: pathOf(ref), body: bodyOf(fixes) });
  return data;
}

function bodyOf(fixes: Fixes) {
  if ('rows' in fixes) return fixes;
  const form = new FormData();
  form.set('file', fixes.report);
  return form;
}

function pathOf({ organization, id }: TaskRef) {
  return { organizationId: organization, bulkTaskId: id };
}
