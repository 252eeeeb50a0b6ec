import type { StoredBytes } from '../../files/file-store.ts';
import { fromSpreadsheetCell } from '../../files/spreadsheet-cell.ts';
import { resourceOf } from '../../operations/catalogue.ts';
import { openCsv } from '../../readers/csv/csv.ts';
import { type CsvFormat, describeCsv } from '../../readers/csv/describe-csv.ts';
import type { ByteSource } from '../../readers/reader.ts';
import type { Transaction } from '../../store/connection/pool.ts';
import { inScope } from '../../store/connection/request-scope.ts';
import { fixFinder, haveOneOf, markLines } from '../../store/ledger/fixed-lines.ts';
import { sortRows } from '../../store/ledger/sort-rows.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { findFamily } from '../../store/tasks/family.ts';
import { lockTask } from '../../store/tasks/related.ts';
import { shown, TaskError } from '../../task/errors.ts';
import { isTerminal } from '../../task/lifecycle.ts';
import { REPORT_COLUMNS } from '../../task/report-columns.ts';
import type { ImportConfig, Submitter, Task } from '../../task/task.ts';
import { type Cells, findInput } from '../lines/task-input.ts';
import { type AskedTask, requireVerb, requireVerbOn, verbOf } from '../platform/rights.ts';
import { notFound, ServiceError } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import type { TaskOrder } from './create-task.ts';
import { type CorrectedLine, fixFile, Sent } from './fix-file.ts';
import type { Intake } from './intake.ts';
import { submitUpload } from './submit-upload.ts';

/** Corrected lines, as rows, or as a report in the file store whose rows were corrected, with the character set that it was declared to have. */
export type Corrections =
  | { readonly rows: readonly Cells[] }
  | { readonly report: StoredBytes; readonly encoding?: string };

export interface FixOrder {
  readonly origin: string;
  readonly createdBy: Submitter;
  /** Where the order may be sent again. */
  readonly key?: { readonly scope: string; readonly key: string };
}

/**
 * Creates a task with the corrected errored lines of an ended import: with its action and settings, only those lines, and
 * their numbers in its ledger. What it cannot apply can be corrected again. A line is corrected once, whichever task of the family
 * it is sent to: rows of a line that is done are refused, those of a report left out, since that has all lines. Of a dry run, which
 * changes nothing, they can be sent again and again.
 *
 * @param answer what the caller answers to the task; kept for repetitions of an idempotent order
 * @throws ServiceError `not_found`; `insufficient_scope`; `conflict` when the task is not over or is no import; `invalid`; `key_reused`
 */
export async function submitFixes<Answer>(
  context: TaskContext & { readonly intake: Intake },
  ref: AskedTask,
  order: FixOrder,
  corrections: Corrections,
  answer: (task: Task) => Answer,
): Promise<Answer> {
  const task = await getTask(context, ref);
  requireVerb(ref.asker, task, 'correct');
  requireVerbOn(ref.asker.permissions, await resourceOf(context.pool, task), verbOf(task));
  if (!(await holdTask(context.pool, task.id))) throw notFound();
  if (task.operation !== 'import') throw new ServiceError('conflict', 'Only lines of an import can be corrected.');
  if (!isTerminal(task.status)) {
    throw new ServiceError('conflict', `The task is ${task.status}; its lines can be corrected after it ends.`);
  }
  const input = await findInput(context, task);
  if (!input || task.counters.errors === 0) throw new ServiceError('conflict', 'The task has no lines with errors.');
  const header = input.columns;
  const [root = task, ...known] = await findFamily(context.pool, task.organizationId, task.id);
  const findFix = fixFinder(context.pool, task.config.dryRun ? [] : known);
  const sent = new Sent();
  const asReport = 'report' in corrections;
  const corrected = { id: task.id, header, width: input.header.length, findFix, asReport, open: input.open };
  const put = (lines: Lines) => context.intake.put(inScope(fixFile(context.pool, corrected, lines, sent)));
  const stored = await ('rows' in corrections
    ? put(fromRows(corrections.rows, input.header.length, header.length))
    : fromReport(context, corrections, header, put));
  const { encoding: _encoding, leftOut: _leftOut, untouched: _untouched, ...config } = task.config;
  const leftOut = {
    ...(sent.numDone > 0 && { leftOut: sent.numDone }),
    ...(sent.numUntouched > 0 && { untouched: sent.numUntouched }),
  };
  return submitUpload(
    context,
    {
      ...{ operation: 'import', origin: order.origin, organizationId: task.organizationId, action: task.action },
      config: { ...config, ...leftOut, numbered: true } satisfies ImportConfig,
      createdBy: order.createdBy,
      parentId: task.id,
      upload: { ...stored, originalName: nameOf(task), mimetype: 'text/csv' },
      ...(order.key && { idempotent: { ...order.key, fingerprint: `${task.id} ${sent.fingerprint()}` } }),
    } satisfies TaskOrder,
    async (fixes, tx) => {
      await markLines(tx, fixes.id, sent.lines);
      return answer(fixes);
    },
    async (tx) => {
      for (const [id, lock] of [[root.id, 'for update'] as const, [task.id, 'for key share'] as const]) {
        if (!(await lockTask(tx, task.organizationId, id, lock))) throw notFound();
      }
      requireOpen(sent, 'rows' in corrections);
      if (!task.config.dryRun) await requireUntouched(tx, root, known, sent);
    },
  );
}

/** @throws ServiceError `invalid` where lines that are done were sent, and not among others as a report has them */
function requireOpen({ lines, done }: Sent, asRows: boolean): void {
  if (lines.length === 0 || (asRows && done.length > 0))
    throw new ServiceError('invalid', 'The corrected lines cannot be accepted.', done);
}

/**
 * Requires that none of the lines was submitted since they were compared with the family's tasks; the next submission waits.
 *
 * @throws ServiceError `conflict`
 */
async function requireUntouched(tx: Transaction, root: Task, known: readonly Task[], { lines }: Sent): Promise<void> {
  const now = await findFamily(tx, root.organizationId, root.id);
  const made = now.map(({ id }) => id).filter((id) => id !== root.id && !known.some((task) => task.id === id));
  if (made.length > 0 && (await haveOneOf(tx, made, lines))) {
    throw new ServiceError('conflict', 'Someone else has just corrected some of these lines. Reload the lines.');
  }
}

function nameOf({ file }: Task): string {
  const stem = (file?.originalName ?? '').replace(/\.[^.]*$/, '').replace(/-fixes$/, '');
  return `${stem || 'lines'}-fixes.csv`;
}

/** @param all columns of the file that was a report itself, of which the first `width` are its lines' own */
function fromRows(rows: readonly Cells[], all: number, width: number): CorrectedLine[] {
  return rows
    .map(({ line, cells }, index) => ({
      line,
      cells: cells.length === all ? cells.slice(0, width) : cells,
      place: `rows[${index}]`,
    }))
    .sort((a, b) => a.line - b.line);
}

/** In the order of the lines. */
type Lines = AsyncIterable<CorrectedLine> | Iterable<CorrectedLine>;

/**
 * Reads a report, which has the columns of the file and behind them at least that of the line, with its rows in any order.
 *
 * @param put takes them in the order of their lines
 */
async function fromReport<T>(
  { pool, files }: Pick<TaskContext, 'pool' | 'files'>,
  { report, encoding }: { readonly report: StoredBytes; readonly encoding?: string },
  header: readonly string[],
  put: (lines: Lines) => Promise<T>,
): Promise<T> {
  const source = files.source(report.key, report.size);
  const format = await describeCsv(source, encoding === undefined ? {} : { encoding }).catch((error: unknown) => {
    throw error instanceof TaskError ? unreadable(error.message) : error;
  });
  const width = header.length;
  const own = format.header.slice(0, width).map(fromSpreadsheetCell);
  const at = format.header.indexOf('line', width);
  if (own.join('\0') !== header.join('\0') || at < 0) {
    throw unreadable(
      `The columns must be those of the report, in the same order: ${[...header, ...REPORT_COLUMNS].slice(0, 40).map(shown).join(', ')}.`,
    );
  }
  const extraAt = format.header.indexOf('extraCells', at);
  const read = () => inScope(reportRows(source, format, { width, at, extraAt }));
  return (await areInOrder(read())) ? put(read()) : sortRows(pool, read(), put);
}

async function areInOrder(lines: AsyncIterable<CorrectedLine>): Promise<boolean> {
  let last = 0;
  for await (const { line } of lines) {
    if (line < last) return false;
    last = line;
  }
  return true;
}

/** The number of a line, as programs that take it for a decimal write it. */
const LINE_NUMBER = /^(\d{1,15})(?:[.,]0*)?$/;

/** @param width number of the file's own columns @param at index of the column of the line @param extraAt of that of cells beyond them */
async function* reportRows(
  source: ByteSource,
  format: CsvFormat,
  { width, at, extraAt }: { readonly width: number; readonly at: number; readonly extraAt: number },
): AsyncGenerator<CorrectedLine> {
  const reader = openCsv(source, format);
  try {
    for (let done = false; !done; ) {
      const batch = await reader.read({ rows: 1_000, bytes: 1024 * 1024 });
      for (const { line: place, cells, error } of batch.rows) {
        const line = LINE_NUMBER.exec(cells[at]?.trim() ?? '')?.[1];
        if (error) throw unreadable(`Line ${place}: ${error.reason}`);
        if (line === undefined) throw unreadable(`Line ${place} has no number in the column line.`);
        const own = cells.slice(0, width).map(fromSpreadsheetCell);
        const extra = cells[extraAt];
        const corrected = { line: Number(line), cells: own, place: `line ${place} of the file` };
        yield extra === undefined ? corrected : { ...corrected, extra };
      }
      done = batch.done;
    }
  } finally {
    await reader.close();
  }
}

function unreadable(message: string): ServiceError {
  return new ServiceError('invalid', 'The corrected lines cannot be accepted.', [{ field: 'file', message }]);
}
