import { fileRows } from '../../operations/import/file-rows.ts';
import { NewerPlanError, type Plans, readPlan } from '../../operations/plans.ts';
import { readCsv } from '../../readers/csv/csv.ts';
import type { CsvFormat } from '../../readers/csv/describe-csv.ts';
import type { NdjsonFormat } from '../../readers/ndjson/describe-ndjson.ts';
import { openNdjson } from '../../readers/ndjson/ndjson.ts';
import type { ByteSource, JsonValue } from '../../readers/reader.ts';
import { findPlan } from '../../store/tasks/tasks.ts';
import { columnsOf } from '../../task/report-columns.ts';
import type { Task } from '../../task/task.ts';
import { ServiceError } from '../platform/service-error.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { type InputLines, openLines } from './input-lines.ts';

/** A record as it stands in a task's file. */
export interface Cells {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The file of a task, as its plan says to read it. */
export interface TaskInput {
  /** The columns of the file, in their order. */
  readonly header: readonly string[];
  /** Those without the ones of a report, which the file of a report has as well; with them where something is taken from one. */
  readonly columns: readonly string[];
  /** Whether it can only be read from its beginning. */
  readonly compressed: boolean;
  /** Index of the cell that a target column is taken from; `undefined` where it is from none. */
  indexOf(column: string | undefined): number | undefined;
  /** Opens it to look up lines. @throws FileMissingError from its methods */
  open(): InputLines<Cells>;
}

/** A line of NDJSON has one cell: its JSON, or the raw line if it is not JSON. */
const NDJSON_HEADER = ['record'] as const;

/**
 * The input of an import or a patch; `undefined` when the task has none, or none that could be read.
 *
 * @throws ServiceError as `findPlanOf`
 */
export async function findInput(
  { pool, files }: Pick<TaskContext, 'pool' | 'files'>,
  task: Task,
): Promise<TaskInput | undefined> {
  const { file } = task;
  if ((task.operation !== 'import' && task.operation !== 'patch') || !file) return undefined;
  const plan = await findPlanOf(pool, task.id, task.operation);
  if (!plan) return undefined;
  const { format } = plan;
  const columns = 'columns' in plan ? plan.columns : undefined;
  const source = files.source(file.key, file.size);
  const numbered = task.operation === 'import' && task.config.numbered === true;
  const header = 'header' in format ? fileRows(format.header, numbered).header : NDJSON_HEADER;
  const own = columnsOf(header);
  const taken = columns?.bindings.some((binding) => 'source' in binding && binding.source >= own.length);
  return {
    header,
    columns: taken ? header : own,
    compressed: format.compression === 'gzip',
    indexOf(column) {
      const binding = column === undefined ? undefined : columns?.bindings.find(({ target }) => target === column);
      return binding && 'source' in binding ? binding.source : undefined;
    },
    open: () => openRows(source, format, numbered),
  };
}

/**
 * The plan of a task with that operation; `undefined` if there is none yet, or it is deleted.
 *
 * @throws ServiceError `unavailable` when only a newer version of this program can read it
 */
export async function findPlanOf<O extends keyof Plans>(
  pool: TaskContext['pool'],
  taskId: string,
  operation: O,
): Promise<Plans[O] | undefined> {
  try {
    return readPlan(operation, await findPlan(pool, taskId));
  } catch (error) {
    throw error instanceof NewerPlanError ? new ServiceError('unavailable', error.message) : error;
  }
}

/** What is said where the file of a task is not there any more. */
export function fileMissing(): ServiceError {
  const message =
    'The file of this task is no longer in the file store, so its lines cannot be shown. ' +
    'The task still has its first lines with their reasons.';
  return new ServiceError('conflict', message);
}

function openRows(source: ByteSource, format: CsvFormat | NdjsonFormat, numbered: boolean): InputLines<Cells> {
  const compressed = format.compression === 'gzip';
  if ('header' in format) {
    const { convert, limits } = fileRows(format.header, numbered);
    return openLines((cursor) => readCsv(source, format, cursor, convert, limits), compressed);
  }
  const lines = openLines((cursor) => openNdjson(source, format, cursor), compressed);
  return {
    ...lines,
    async find(place) {
      const row = await lines.find(place);
      return { line: row.line, cells: [row.error ? (row.text ?? '') : jsonOf(row.value)] };
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
