import { FileMissingError } from '../files/file-store.ts';
import { openCsv } from '../readers/csv.ts';
import type { CsvFormat } from '../readers/describe-csv.ts';
import type { ByteSource, Row, RowReader } from '../readers/reader.ts';
import { type LedgerChunk, notAppliedChunks } from '../store/ledger.ts';
import { holdTask } from '../store/retention.ts';
import { findPlan } from '../store/tasks.ts';
import { parseLines } from '../task/ledger.ts';
import type { Task } from '../task/task.ts';
import { getTask } from './get-task.ts';
import { holdWhile } from './hold-while.ts';
import { notFound, ServiceError } from './service-error.ts';
import type { TaskContext, TaskRef } from './task-context.ts';

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
  /** The lines that were not applied, in line order; all of them. */
  lines(): AsyncGenerator<ReportLine>;
}

const READ_ROWS = 1_000;
const READ_BYTES = 1024 * 1024;

/**
 * The full report of a task: its ledger beside the lines of its file. Holds one chunk of the ledger and one buffer of the file,
 * and keeps both from being retention's as long as they are read.
 *
 * @param outcome only the lines with that outcome
 * @throws ServiceError `not_found`; `lines` throws `conflict` when the file is not in the file store any more
 */
export async function readReport(
  context: Pick<TaskContext, 'pool' | 'files'>,
  ref: TaskRef,
  outcome?: 'skipped' | 'errored',
): Promise<Report> {
  const task = await getTask(context, ref);
  if (!(await holdTask(context.pool, task.id))) throw notFound();
  const plan = (await findPlan(context.pool, task.id)) as { format: CsvFormat } | undefined;
  const { file } = task;
  if (task.operation !== 'import' || !plan || !file) return { task, header: [], lines: async function* () {} };
  const { format } = plan;
  const skipCode = task.config.override ? 'unchanged' : 'exists';
  const source = context.files.source(file.key, file.size);
  async function* lines() {
    const rows = openRows(source, format);
    try {
      for await (const chunk of notAppliedChunks(context.pool, task.id)) {
        yield* chunkLines(skipCode, chunk, outcome, rows);
      }
    } catch (error) {
      throw error instanceof FileMissingError ? fileMissing() : error;
    } finally {
      await rows.close();
    }
  }
  return { task, header: format.header, lines: () => holdWhile(context, task.id, lines()) };
}

function fileMissing(): ServiceError {
  const message =
    'The file of this task is not in the file store any more, so that its lines cannot be shown. ' +
    'The task itself has the first of them, with their reasons.';
  return new ServiceError('conflict', message);
}

const SKIP_REASONS = {
  exists: 'A record with this key exists already, and override is off.',
  unchanged: 'The record has exactly these values already.',
} as const;

async function* chunkLines(
  code: keyof typeof SKIP_REASONS,
  chunk: LedgerChunk,
  only: ReportLine['outcome'] | undefined,
  rows: Rows,
): AsyncGenerator<ReportLine> {
  const skipped = only === 'errored' ? [] : [...parseLines(chunk.skipped)];
  const errored = new Map(only === 'skipped' ? [] : chunk.errored.map((line) => [line.line, line]));
  const wanted = [...skipped, ...errored.keys()].sort((a, b) => a - b);
  if (wanted.length === 0) return;
  await rows.moveTo(chunk);
  for (const line of wanted) {
    const { cells } = await rows.find(line);
    const error = errored.get(line);
    if (error) yield { ...error, outcome: 'errored', cells };
    else yield { line, outcome: 'skipped', code, reason: SKIP_REASONS[code], cells };
  }
}

interface Rows {
  /** Goes to the start of a chunk, without reading what lies before where that can be avoided. */
  moveTo(chunk: LedgerChunk): Promise<void>;
  /** The record that starts on `line`, at or after the last one found. */
  find(line: number): Promise<Row>;
  close(): Promise<void>;
}

function openRows(source: ByteSource, format: CsvFormat): Rows {
  let reader: RowReader | undefined;
  let offset = 0;
  let buffered: Row[] = [];
  let next = 0;

  return {
    async moveTo(chunk) {
      // What is compressed can only be read from its start: there, going on is the shorter way.
      if (reader && (format.compression === 'gzip' || offset === chunk.start.offset)) return;
      await reader?.close();
      const cursor = format.compression === 'gzip' ? format.body : chunk.start;
      reader = openCsv(source, format, cursor);
      buffered = [];
      next = 0;
    },
    async find(line) {
      for (;;) {
        for (; next < buffered.length; next += 1) {
          const row = buffered[next] as Row;
          if (row.line === line) return row;
        }
        const batch = await (reader as RowReader).read({ rows: READ_ROWS, bytes: READ_BYTES });
        offset = batch.cursor.offset;
        buffered = batch.rows;
        next = 0;
        if (buffered.length === 0 && batch.done) throw new Error(`The file has no record on line ${line} any more.`);
      }
    },
    close: async () => reader?.close(),
  };
}
