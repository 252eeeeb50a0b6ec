import { FileMissingError } from '../files/file-store.ts';
import { openCsv } from '../readers/csv.ts';
import type { CsvFormat } from '../readers/describe-csv.ts';
import type { NdjsonFormat } from '../readers/describe-ndjson.ts';
import { openNdjson } from '../readers/ndjson.ts';
import type { ByteSource, JsonValue } from '../readers/reader.ts';
import { type LedgerChunk, notAppliedChunks } from '../store/ledger.ts';
import { holdTask } from '../store/retention.ts';
import { findPlan } from '../store/tasks.ts';
import { parseLines } from '../task/ledger.ts';
import type { Task } from '../task/task.ts';
import { getTask } from './get-task.ts';
import { holdWhile } from './hold-while.ts';
import { type InputLines, openLines } from './input-lines.ts';
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
  const plan = (await findPlan(context.pool, task.id)) as { format: InputFormat } | undefined;
  const { file } = task;
  if ((task.operation !== 'import' && task.operation !== 'patch') || !plan || !file) {
    return { task, header: [], lines: async function* () {} };
  }
  const { format } = plan;
  const skipCode = task.operation === 'import' && !task.config.override ? 'exists' : 'unchanged';
  const source = context.files.source(file.key, file.size);
  const header = 'header' in format ? format.header : NDJSON_HEADER;
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
  return { task, header, lines: () => holdWhile(context, task.id, lines()) };
}

function fileMissing(): ServiceError {
  const message =
    'The file of this task is not in the file store any more, so that its lines cannot be shown. ' +
    'The task itself has the first of them, with their reasons.';
  return new ServiceError('conflict', message);
}

type InputFormat = CsvFormat | NdjsonFormat;

interface Cells {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A line of NDJSON has one cell: its JSON, as far as it could be read. */
const NDJSON_HEADER = ['record'] as const;

function openRows(source: ByteSource, format: InputFormat): InputLines<Cells> {
  const compressed = format.compression === 'gzip';
  if ('header' in format) return openLines((cursor) => openCsv(source, format, cursor), compressed);
  const lines = openLines((cursor) => openNdjson(source, format, cursor), compressed);
  return {
    ...lines,
    async find(line) {
      const row = await lines.find(line);
      return { line, cells: [row.error ? '' : jsonOf(row.value)] };
    },
  };
}

/** Nothing for what is nested too deeply to be written, which is thousands of levels. */
function jsonOf(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

const SKIP_REASONS = {
  exists: 'A record with this key exists already, and override is off.',
  unchanged: 'The record has exactly these values already.',
} as const;

async function* chunkLines(
  code: keyof typeof SKIP_REASONS,
  chunk: LedgerChunk,
  only: ReportLine['outcome'] | undefined,
  rows: InputLines<Cells>,
): AsyncGenerator<ReportLine> {
  const skipped = only === 'errored' ? [] : [...parseLines(chunk.skipped)];
  const errored = new Map(only === 'skipped' ? [] : chunk.errored.map((line) => [line.line, line]));
  const wanted = [...skipped, ...errored.keys()].sort((a, b) => a - b);
  if (wanted.length === 0) return;
  await rows.moveTo(chunk.start);
  for (const line of wanted) {
    const { cells } = await rows.find(line);
    const error = errored.get(line);
    if (error) yield { ...error, outcome: 'errored', cells };
    else yield { line, outcome: 'skipped', code, reason: SKIP_REASONS[code], cells };
  }
}
