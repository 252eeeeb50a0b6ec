import { holdTask } from '../../store/platform/retention.ts';
import type { StoredFile } from '../../task/task.ts';
import { type AskedTask, requireResult } from '../platform/rights.ts';
import { notFound } from '../platform/service-error.ts';
import { getTask } from '../tasks/get-task.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { holdWhile } from './hold-while.ts';

/** The file that a task made, readable from any of its bytes. */
export interface Result {
  readonly file: StoredFile;
  /** @param offset of the first byte, default 0 */
  read(offset?: number): AsyncIterable<Buffer>;
}

/**
 * The file that a task created; retention does not delete it while it is read.
 *
 * @throws ServiceError `not_found`, also when it made nothing or not yet; `insufficient_scope`
 */
export async function openResult(
  { pool, files }: Pick<TaskContext, 'pool' | 'files'>,
  ref: AskedTask,
): Promise<Result> {
  const task = await getTask({ pool }, ref);
  await requireResult(pool, ref.asker, task);
  const { id, result: file } = task;
  if (!file || !(await holdTask(pool, id))) throw notFound();
  const source = files.source(file.key, file.size);
  return { file, read: (offset) => holdWhile({ pool }, id, source.open(offset)) };
}
