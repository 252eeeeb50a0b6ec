import { resourceOf } from '../../operations/catalogue.ts';
import { openNdjson } from '../../readers/ndjson/ndjson.ts';
import type { JsonRow } from '../../readers/reader.ts';
import type { Column, Resource } from '../../resources/resource.ts';
import { inScope } from '../../store/connection/request-scope.ts';
import { readLines } from '../../store/ledger/ledger.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { isTerminal } from '../../task/lifecycle.ts';
import type { Task } from '../../task/task.ts';
import { type AskedTask, mayReadLines } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { type InputLines, type LinePlace, openLines } from './input-lines.ts';
import { findPlanOf } from './task-input.ts';

/** What became of one line of an input. */
export interface LineResult {
  readonly line: number;
  readonly outcome: 'inserted' | 'updated' | 'skipped' | 'errored';
  /** Why it was not applied; not told to those who may not read the task's lines, which it quotes. */
  readonly reason?: string;
  /** Of a patch: the ids that the line names, by column. */
  readonly ids: Readonly<Record<string, string>>;
}

export interface ResultsQuery {
  /** Results at most. */
  readonly limit: number;
  /** Only what lies behind this line. */
  readonly after: number;
  /** Only errored lines. */
  readonly failedOnly: boolean;
}

export interface ResultsPage {
  readonly task: Task;
  readonly results: readonly LineResult[];
  /** Where the next page begins: behind this line. There is one until every result there will ever be was given. */
  readonly last?: number;
}

/**
 * The outcomes of a task's committed lines, in line order. A client that continues after `last` until there is none gets each
 * line once, also when the task was still running at first. A task that has no input has no results.
 *
 * @throws ServiceError `not_found`
 */
export async function listResults(
  context: Pick<TaskContext, 'pool' | 'files'>,
  ref: AskedTask,
  query: ResultsQuery,
): Promise<ResultsPage> {
  // Read the task before its ledger: if it has ended, the ledger is complete.
  const task = await getTask(context, ref);
  if (task.operation !== 'import' && task.operation !== 'patch') return { task, results: [] };
  // A page is read long before the hold expires.
  if (!(await holdTask(context.pool, task.id))) throw notFound();
  const readable = mayReadLines(ref.asker, task);
  const results: LineResult[] = [];
  for await (const result of resultsAfter(context, task, query)) {
    if (results.length === query.limit) return { task, results, last: (results.at(-1) as LineResult).line };
    results.push(readable ? result : { line: result.line, outcome: result.outcome, ids: {} });
  }
  if (isTerminal(task.status)) return { task, results };
  return { task, results, last: results.at(-1)?.line ?? query.after };
}

async function* resultsAfter(
  { pool, files }: Pick<TaskContext, 'pool' | 'files'>,
  task: Task,
  { after, failedOnly }: ResultsQuery,
): AsyncGenerator<LineResult> {
  const format = task.operation === 'patch' ? (await findPlanOf(pool, task.id, 'patch'))?.format : undefined;
  const { file } = task;
  const source = format && file && files.source(file.key, file.size);
  const lines = source && openLines((cursor) => openNdjson(source, format, cursor), format.compression === 'gzip');
  const columns = lines ? idColumns(await resourceOf(pool, task)) : [];
  const outcomes = failedOnly ? (['errored'] as const) : (['inserted', 'updated', 'skipped', 'errored'] as const);
  try {
    for await (const found of inScope(readLines(pool, task.id, { outcomes, after }))) {
      const { line, outcome } = found;
      const why = found.outcome === 'errored' && { reason: found.reason };
      yield { line, outcome, ...why, ids: lines ? await idsOn(lines, found, columns) : {} };
    }
  } finally {
    await lines?.close();
  }
}

function idColumns({ columns, key }: Resource): readonly Column[] {
  return columns.filter(({ name }) => key.columns.includes(name));
}

/** The ids of a line, as far as it can be read. Values that are too long are not ids. */
async function idsOn(
  lines: InputLines<JsonRow>,
  place: LinePlace,
  columns: readonly Column[],
): Promise<LineResult['ids']> {
  const { value, error } = { value: undefined, ...(await lines.find(place)) };
  if (error || typeof value !== 'object' || value === null) return {};
  const members = new Map<string, unknown>(Object.entries(value));
  const ids = columns.flatMap(({ name, type }) => {
    const id = members.get(name);
    return typeof id === 'string' && id.length <= type.maxLength ? [[name, id] as const] : [];
  });
  return Object.fromEntries(ids);
}
