import { FileMissingError } from '../../files/file-store.ts';
import { type LedgerLine, readLines } from '../../store/ledger/ledger.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { skipReason } from '../../task/skip-reason.ts';
import type { Task } from '../../task/task.ts';
import { type AskedTask, requireLines } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { holdWhile } from './hold-while.ts';
import type { InputLines } from './input-lines.ts';
import { type Cells, fileMissing, findInput } from './task-input.ts';

/** A line that was not applied, and why. */
export interface ReportLine {
  readonly line: number;
  readonly outcome: 'skipped' | 'errored';
  /** Of a skipped line: `exists` (override is off) or `unchanged`; of an errored one, its error's. */
  readonly code: string;
  readonly column?: string;
  readonly reason: string;
  /** The cells of the record, in the order of `Report.header`. */
  readonly cells: readonly string[];
}

export interface Report {
  readonly task: Task;
  /** The columns of the file, in their order; none when the file could not be read. */
  readonly header: readonly string[];
  /** `TaskInput.columns`: those that a report as CSV has before its own. */
  readonly columns: readonly string[];
  /** The lines that were not applied, in line order; all of them. */
  lines(): AsyncGenerator<ReportLine>;
}

/**
 * The full report of a task: its ledger beside the lines of its file. Holds one chunk of the ledger and one buffer of the file,
 * and keeps both from being retention's as long as they are read.
 *
 * @param outcome only the lines with that outcome
 * @throws ServiceError `not_found`; `insufficient_scope`; `lines` throws `conflict` when the file is not in the file store any more
 */
export async function readReport(
  context: Pick<TaskContext, 'pool' | 'files'>,
  ref: AskedTask,
  outcome?: 'skipped' | 'errored',
): Promise<Report> {
  const task = await getTask(context, ref);
  requireLines(ref.asker, task);
  if (!(await holdTask(context.pool, task.id))) throw notFound();
  const input = await findInput(context, task);
  if (!input) return { task, header: [], columns: [], lines: async function* () {} };
  const outcomes = outcome ? [outcome] : (['skipped', 'errored'] as const);
  async function* lines(rows: InputLines<Cells>): AsyncGenerator<ReportLine> {
    try {
      for await (const found of readLines(context.pool, task.id, { outcomes })) {
        yield { ...toldLine(task, found), cells: (await rows.find(found)).cells };
      }
    } catch (error) {
      throw error instanceof FileMissingError ? fileMissing() : error;
    } finally {
      await rows.close();
    }
  }
  const { header, columns } = input;
  return { task, header, columns, lines: () => holdWhile(context, task.id, lines(input.open())) };
}

/** What a report says of a line that was not applied. */
export function toldLine(
  task: Task,
  { start: _, ...line }: LedgerLine<'skipped' | 'errored'>,
): Omit<ReportLine, 'cells'> {
  return line.outcome === 'errored' ? line : { ...line, ...skipReason(task) };
}
