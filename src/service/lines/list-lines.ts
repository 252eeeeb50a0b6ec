import { FileMissingError } from '../../files/file-store.ts';
import { inScope } from '../../store/connection/request-scope.ts';
import { type FindFix, fixFinder } from '../../store/ledger/fixed-lines.ts';
import { chunksWith, type LedgerChunk } from '../../store/ledger/ledger.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { findFamily } from '../../store/tasks/family.ts';
import type { ErroredLine } from '../../task/ledger.ts';
import { parseLines } from '../../task/ledger.ts';
import type { Task } from '../../task/task.ts';
import { type AskedTask, requireLines } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { type ReportLine, SKIP_REASONS, skipCodeOf } from './read-report.ts';
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
  /** The line behind which the next page begins; `null` when there is none. */
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
  const skipCode = skipCodeOf(task);
  const wanted = wantedOf(query, skipCode);
  const findFix = await openFixes(context, task);
  const rows = input.open();
  const lines: PageLine[] = [];
  let units = 0;
  let chunks = 0;
  const page = (next: number | null) => ({ header, lines, next });
  try {
    for await (const chunk of inScope(chunksWith(context.pool, task.id, wanted))) {
      const found = await withFixes(linesOf(chunk, wanted, skipCode), findFix, query.open === true);
      if (found.length === 0) continue;
      const last = lines.at(-1)?.line;
      if (last !== undefined && chunks === CHUNKS) return page(last);
      chunks += 1;
      await rows.moveTo(chunk.start);
      for (const line of found) {
        const before = lines.at(-1)?.line;
        if (before !== undefined && (lines.length === query.limit || units > PAGE_UNITS)) return page(before);
        const { cells } = await rows.find(line.line);
        const columnIndex = input.indexOf(line.column);
        lines.push({ ...line, cells, ...(columnIndex !== undefined && { columnIndex }) });
        for (const cell of cells) units += cell.length;
      }
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

/** The lines with what has corrected them. @param open without those that something has */
async function withFixes(lines: readonly Found[], findFix: FindFix, open: boolean) {
  const found: (Found & Pick<PageLine, 'fix'>)[] = [];
  for (const line of lines) {
    const fix = line.outcome === 'errored' ? await findFix(line.line) : undefined;
    if (!(fix && open)) found.push({ ...line, ...(fix && { fix }) });
  }
  return found;
}

interface Wanted {
  readonly after: number;
  readonly skipped: boolean;
  /** What errored lines are wanted; none when not given. */
  readonly errored?: Partial<Pick<ErroredLine, 'column'>> & { readonly code?: string };
}

function wantedOf({ outcome, code, column, after }: LineQuery, skipCode: string): Wanted {
  const errored = { ...(code !== undefined && { code }), ...(column !== undefined && { column }) };
  return {
    after,
    skipped: outcome !== 'errored' && column === undefined && (code === undefined || code === skipCode),
    ...(outcome !== 'skipped' && { errored }),
  };
}

type Found = Omit<ReportLine, 'cells'>;

/** The lines of a chunk that are wanted, in line order. */
function linesOf(chunk: LedgerChunk, { after, skipped, errored }: Wanted, code: keyof typeof SKIP_REASONS): Found[] {
  const found: Found[] = [];
  const reason = SKIP_REASONS[code];
  if (skipped) for (const line of parseLines(chunk.skipped)) found.push({ line, outcome: 'skipped', code, reason });
  for (const error of errored ? chunk.errored : []) {
    const { code: wantedCode = error.code, column = error.column } = errored ?? {};
    if (error.code === wantedCode && error.column === column) found.push({ ...error, outcome: 'errored' });
  }
  return found.filter(({ line }) => line > after).sort((a, b) => a.line - b.line);
}
