import { FileMissingError } from '../../files/file-store.ts';
import { errorCauses, openCauses, type Cause as StoredCause } from '../../store/ledger/causes.ts';
import { holdTask } from '../../store/platform/retention.ts';
import { findFamily } from '../../store/tasks/family.ts';
import { type AskedTask, requireLines } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { findInput, type TaskInput } from './task-input.ts';

/** Errored lines of a task that have the same code and column. */
export interface Cause {
  readonly code: string;
  readonly column?: string;
  readonly count: number;
  /** The first three, in line order; the cell at fault where it is one, as far as a person reads it. */
  readonly examples: readonly { readonly line: number; readonly reason: string; readonly value?: string }[];
}

/** Longest value of an example, in characters. */
const MAX_VALUE = 200;

/**
 * Why lines of a task were not applied, the most frequent cause first.
 *
 * @param options `open`: only of lines that no task of corrections has, or has left with an error
 * @returns also how many lines that are in all
 * @throws ServiceError `not_found`; `insufficient_scope`
 */
export async function listCauses(
  context: Pick<TaskContext, 'pool' | 'files'>,
  ref: AskedTask,
  { open }: { readonly open: boolean } = { open: false },
): Promise<{ causes: Cause[]; total: number }> {
  const task = await getTask(context, ref);
  requireLines(ref.asker, task);
  if (!(await holdTask(context.pool, task.id))) throw notFound();
  const [, ...corrections] = open ? await findFamily(context.pool, task.organizationId, task.id) : [];
  const others = corrections.map(({ id }) => id).filter((id) => id !== task.id);
  const found = await context.pool.heavily(() =>
    others.length > 0 ? openCauses(context.pool, task.id, others) : errorCauses(context.pool, task.id),
  );
  const input = await findInput(context, task);
  const values = input ? await readValues(input, found) : new Map<number, string>();
  const causes = found.map(({ code, column, count, examples }) => ({
    code,
    ...(column !== null && { column }),
    count,
    examples: examples.map(({ line, reason }) => {
      const value = values.get(line);
      return { line, reason, ...(value !== undefined && { value }) };
    }),
  }));
  return { causes, total: causes.reduce((sum, { count }) => sum + count, 0) };
}

/** The invalid cells of all examples, by line, in one pass through the file; none if the file no longer exists. */
async function readValues(input: TaskInput, causes: readonly StoredCause[]): Promise<Map<number, string>> {
  const values = new Map<number, string>();
  const wanted = causes
    .flatMap(({ column, examples }) => examples.map((each) => ({ ...each, index: input.indexOf(column ?? undefined) })))
    .filter(({ index }) => index !== undefined)
    .sort((a, b) => a.line - b.line);
  const rows = input.open();
  try {
    for (const { line, start, index } of wanted) {
      const cell = (await rows.find({ line, start })).cells[index as number];
      if (cell !== undefined) values.set(line, Array.from(cell).slice(0, MAX_VALUE).join(''));
    }
  } catch (error) {
    if (!(error instanceof FileMissingError)) throw error;
  } finally {
    await rows.close();
  }
  return values;
}
