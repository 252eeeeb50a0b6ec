import { FileMissingError } from '../../files/file-store.ts';
import { inScope } from '../../store/connection/request-scope.ts';
import { type FindFix, fixFinder } from '../../store/ledger/fixed-lines.ts';
import { type LineFilter, readLines } from '../../store/ledger/ledger.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { findFamily } from '../../store/tasks/family.ts';
import { skipReason } from '../../task/skip-reason.ts';
import type { Task } from '../../task/task.ts';
import { type AskedTask, requireLines } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { type ReportLine, toldLine } from './read-report.ts';
import { fileMissing, findInput } from './task-input.ts';

/** Which lines are wanted. */
export interface LineQuery {
  readonly outcome?: ReportLine['outcome'];
  readonly code?: string;
  readonly column?: string;
  /** Only those that no task of corrections has, or has left with an error. */
  readonly open?: boolean;
  /** Only those behind this line. */
  readonly after: number;
  readonly limit: number;
}

/** A line of a page, with the index of the cell at fault, and the task that has corrected it or does so. */
export interface PageLine extends ReportLine {
  readonly columnIndex?: number;
  readonly fix?: Task;
}

export interface LinePage {
  readonly header: readonly string[];
  readonly lines: readonly PageLine[];
  /** The line after which the next page starts; `null` if there is none. */
  readonly next: number | null;
}

/**
 * What a page reads of the file at most: a chunk, of some megabytes, is read up to the last of its lines that is wanted. Where
 * those are few and far between a page has fewer than its limit, and there is a next one.
 */
const CHUNKS = 16;
/** UTF-16 units of cells after which a page is full. */
const PAGE_UNITS = 1024 * 1024;

/**
 * Lines that were not applied, in line order. However deep a page lies, only the chunks of its own lines are read (of a compressed
 * file also what lies before).
 *
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` when the file is not in the file store any more
 */
export async function listLines(
  context: Pick<TaskContext, 'pool' | 'files'>,
  ref: AskedTask,
  query: LineQuery,
): Promise<LinePage> {
  const task = await getTask(context, ref);
  requireLines(ref.asker, task);
  if (!(await holdTask(context.pool, task.id))) throw notFound();
  const input = await findInput(context, task);
  if (!input) return { header: [], lines: [], next: null };
  const { header } = input;
  const findFix = await openFixes(context, task);
  const rows = input.open();
  const lines: PageLine[] = [];
  let units = 0;
  let chunks = 0;
  let chunk: number | undefined;
  const page = (next: number | null) => ({ header, lines, next });
  try {
    for await (const found of inScope(readLines(context.pool, task.id, filterOf(task, query)))) {
      const fix = found.outcome === 'errored' ? await findFix(found.line) : undefined;
      if (fix && query.open) continue;
      if (found.start.offset !== chunk) chunks += 1;
      chunk = found.start.offset;
      const before = lines.at(-1)?.line;
      const full = lines.length === query.limit || units > PAGE_UNITS || chunks > CHUNKS;
      if (before !== undefined && full) return page(before);
      const { cells } = await rows.find(found);
      const columnIndex = input.indexOf(found.outcome === 'errored' ? found.column : undefined);
      const told = { ...toldLine(task, found), ...(fix && { fix }), cells };
      lines.push({ ...told, ...(columnIndex !== undefined && { columnIndex }) });
      for (const cell of cells) units += cell.length;
    }
  } catch (error) {
    throw error instanceof FileMissingError ? fileMissing() : error;
  } finally {
    await rows.close();
  }
  return page(null);
}

/** Only a task with errors has been corrected. */
async function openFixes(
  { pool }: Pick<TaskContext, 'pool'>,
  { organizationId, id, counters }: Task,
): Promise<FindFix> {
  const [, ...corrections] = counters.errors > 0 ? await findFamily(pool, organizationId, id) : [];
  return fixFinder(
    pool,
    corrections.filter((each) => each.id !== id),
  );
}

/** Skipped lines have no column, and one code. */
function filterOf(task: Task, { outcome, code, column, after }: LineQuery): LineFilter<ReportLine['outcome']> {
  const canBeSkipped = column === undefined && (code === undefined || code === skipReason(task).code);
  const outcomes = (['skipped', 'errored'] as const).filter((one) => (outcome ?? one) === one);
  return {
    outcomes: outcomes.filter((one) => one === 'errored' || canBeSkipped),
    after,
    errored: { ...(code !== undefined && { code }), ...(column !== undefined && { column }) },
  };
}
