import { FileMissingError } from '../../files/file-store.ts';
import { erroredLines, type NotAppliedChunk, notAppliedChunks } from '../../store/ledger/ledger.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { type ErroredLine, parseLines } from '../../task/ledger.ts';
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
  const skipCode = skipCodeOf(task);
  async function* lines(rows: InputLines<Cells>) {
    try {
      for await (const chunk of notAppliedChunks(context.pool, task.id)) {
        yield* chunkLines({ skipCode, rows }, chunk, {
          skipped: outcome === 'errored' ? [] : parseLines(chunk.skipped),
          errored: outcome === 'skipped' ? [] : erroredLines(context.pool, task.id, chunk),
        });
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

/** Why a task skips lines. */
export function skipCodeOf(task: Task): keyof typeof SKIP_REASONS {
  return task.operation === 'import' && !task.config.override ? 'exists' : 'unchanged';
}

/** Why a line was skipped, by its code. */
export const SKIP_REASONS = {
  exists: 'A record with this key exists already, and override is off.',
  unchanged: 'The record has exactly these values already.',
} as const;

interface NotApplied {
  readonly skipped: Iterable<number>;
  readonly errored: AsyncIterable<ErroredLine> | Iterable<ErroredLine>;
}

async function* chunkLines(
  { skipCode, rows }: { readonly skipCode: keyof typeof SKIP_REASONS; readonly rows: InputLines<Cells> },
  { start }: NotAppliedChunk,
  lines: NotApplied,
): AsyncGenerator<ReportLine> {
  let moved = false;
  for await (const found of inOrder(lines)) {
    if (!moved) await rows.moveTo(start);
    moved = true;
    const { line, error } = found;
    const { cells } = await rows.find(line);
    if (error) yield { ...error, outcome: 'errored', cells };
    else yield { line, outcome: 'skipped', code: skipCode, reason: SKIP_REASONS[skipCode], cells };
  }
}

/** Both kinds of lines, each in line order, in one order. */
async function* inOrder({
  skipped,
  errored,
}: NotApplied): AsyncGenerator<{ readonly line: number; readonly error?: ErroredLine }> {
  const left = skipped[Symbol.iterator]();
  let next = left.next();
  for await (const error of errored) {
    for (; !next.done && next.value < error.line; next = left.next()) yield { line: next.value };
    yield { line: error.line, error };
  }
  for (; !next.done; next = left.next()) yield { line: next.value };
}
