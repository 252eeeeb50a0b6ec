import type { Connection } from '../connection/connection.ts';
import { fill } from '../dialect.ts';
import type { SubmittedTask, TaskRef } from '../tasks/task.ts';
import type { UploadFile } from './source.ts';
import { type SubmitOptions, upload } from './upload.ts';

/** The report of a task, or rows of it in any order, with what was wrong corrected. */
export interface FixesOrder {
  /** A `File` or `Blob` can be sent again when the connection breaks off; a stream, once begun, cannot. */
  readonly file: UploadFile;
  /** Name of the file; that of a `File` unless given. */
  readonly fileName?: string;
  /** Of the file; found out if not given. */
  readonly encoding?: string | undefined;
}

const PATH = '/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}/fixes';

/** Uploads corrected lines of a task, and gives the task that was made of them. @throws as `upload` */
export function submitFixes(
  connection: Connection,
  { organization, id }: TaskRef,
  { file, fileName, encoding }: FixesOrder,
  options?: SubmitOptions,
): Promise<SubmittedTask> {
  const path = fill(PATH, { organizationId: organization, bulkTaskId: id });
  return upload(connection, { organization, path, fields: {}, file, fileName, encoding }, options);
}
