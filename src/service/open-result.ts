import type { StoredFile } from '../task/task.ts';
import { getTask } from './get-task.ts';
import { notFound } from './service-error.ts';
import type { TaskContext, TaskRef } from './task-context.ts';

/** The file that a task made, readable from any of its bytes. */
export interface Result {
  readonly file: StoredFile;
  /** @param offset of the first byte, default 0 */
  read(offset?: number): AsyncIterable<Buffer>;
}

/** What a task made. @throws ServiceError `not_found`, also when it made nothing or not yet */
export async function openResult({ pool, files }: Pick<TaskContext, 'pool' | 'files'>, ref: TaskRef): Promise<Result> {
  const { result: file } = await getTask({ pool }, ref);
  if (!file) throw notFound();
  const source = files.source(file.key, file.size);
  return { file, read: (offset) => source.open(offset) };
}
