import type { z } from 'zod';
import { resourceNameOf } from '../../../service/tasks/list-actions.ts';
import { toHex24 } from '../../../task/ids.ts';
import type { ErroredLine } from '../../../task/ledger.ts';
import type { ImportConfig, Operation, Task } from '../../../task/task.ts';
import { cut } from '../../../task/text/characters.ts';
import { email, MAX_LIMIT, MAX_MIMETYPE, MAX_NAME, type paging, type task as taskSchema } from './schema.ts';
import { statusOf } from './states.ts';

export type WireTask = z.input<typeof taskSchema>;
export type WirePaging = z.input<typeof paging>;

/** The first lines of a task that were not applied, if it has any. */
export interface FirstLines {
  readonly skipped: readonly number[];
  readonly errored: readonly ErroredLine[];
}

/** Of a task that has just been made. */
export const NO_LINES: FirstLines = { skipped: [], errored: [] };

/** The task object of the published pages, without its lists of lines when they are not given. */
export function toWire(task: Task, lines?: FirstLines): WireTask {
  const { file, error, progress } = task;
  return {
    id: toHex24(task.id),
    status: statusOf(task),
    config: task.operation === 'import' ? configOf(task.config) : {},
    ...(task.operation === 'import' && task.config.dryRun && { dryRun: true as const }),
    ...(task.parentId !== undefined && { parentId: toHex24(task.parentId) }),
    ...(file && {
      file: {
        originalName: cut(file.originalName, MAX_NAME),
        mimetype: cut(file.mimetype, MAX_MIMETYPE),
        size: file.size,
        key: file.key,
        checksum: file.sha256,
      },
    }),
    action: task.action,
    ...(task.operation !== 'import' && kindOf(task)),
    ...(task.origin !== 'organizations' && { origin: task.origin }),
    report: reportOf(task, lines),
    ...(file && task.status !== 'completed' && { progress: { processedBytes: progress.done, totalBytes: file.size } }),
    ...(!file && progress.total !== undefined && { records: { processed: progress.done, total: progress.total } }),
    ...(task.status === 'paused' && { paused: true as const }),
    ...(error && { error: error.message }),
    ...(error?.by !== undefined && { cancelledBy: error.by }),
    createdBy: submitterOf(task),
    updatedAt: task.updatedAt.toISOString(),
    createdAt: task.createdAt.toISOString(),
  };
}

function kindOf(task: Task & { operation: Exclude<Operation, 'import'> }) {
  const resource = resourceNameOf(task);
  return { operation: task.operation, ...(resource !== undefined && { resource }) };
}

function submitterOf({ createdBy: { id, email: address, ...names } }: Task): WireTask['createdBy'] {
  // Most have none, and a check that fails makes an error of what it found.
  const given = address !== undefined && email.safeParse(address).success && { email: address };
  return { id: toHex24(id), ...given, ...names };
}

function configOf({ missingValues, ...config }: ImportConfig): WireTask['config'] {
  return { ...config, ...(missingValues && { missingValues: [...missingValues] }) };
}

function reportOf({ counters, warnings }: Task, lines: FirstLines | undefined): WireTask['report'] {
  return {
    numItems: counters.items,
    numInserts: counters.inserts,
    numUpdates: counters.updates,
    ...(counters.deletes > 0 && { numDeletes: counters.deletes }),
    numSkips: counters.skips,
    numErrors: counters.errors,
    ...(lines && listsOf(counters, lines)),
    ...(warnings.length > 0 && { warnings: [...warnings] }),
  };
}

/**
 * The lines are read after the task. Those of chunks committed in between are left to the next answer, so that the lists
 * agree with the counters, and one version of the task has one body.
 */
function listsOf({ skips, errors }: Task['counters'], { skipped, errored }: FirstLines) {
  return {
    skippedLines: skipped.slice(0, Math.min(skips, MAX_LIMIT)).map((line) => ({ line })),
    erroredLines: errored.slice(0, Math.min(errors, MAX_LIMIT)).map(({ line, reason, code, column }) => ({
      line,
      reason,
      code,
      ...(column !== undefined && { column }),
    })),
  };
}

/** What a page says of itself. Before one that is past the last page there is the last one. */
export function toPaging({ page, limit, total }: { page: number; limit: number; total: number }): WirePaging {
  const totalPages = Math.max(1, Math.ceil(total / limit));
  return {
    totalDocs: total,
    limit,
    hasPrevPage: page > 1,
    hasNextPage: page < totalPages,
    page,
    totalPages,
    ...(page > 1 && { prevPage: Math.min(page - 1, totalPages) }),
    ...(page < totalPages && { nextPage: page + 1 }),
    lean: true,
  };
}

/** Writes a page of items, which are JSON; there may be none. An error before there is much of it is still answered as one. */
export async function* writePage(items: AsyncIterable<string>, page: object): AsyncGenerator<string> {
  yield '{"status":true,"data":{"items":[';
  let separator = '';
  for await (const item of items) {
    yield separator + item;
    separator = ',';
  }
  yield `],${JSON.stringify(page).slice(1)}}`;
}
