import { FileMissingError, type FileStore } from '../../files/file-store.ts';
import type { Pool } from '../../store/connection/pool.ts';
import { listParts } from '../../store/files/parts.ts';
import { TaskError } from '../../task/errors.ts';
import type { RecordFormat } from './format.ts';

/**
 * The requested file: head, parts, tail.
 *
 * @throws TaskError if a part no longer exists; the reason of `stop`
 */
export async function* wholeFile(
  { pool, files, taskId }: { readonly pool: Pool; readonly files: FileStore; readonly taskId: string },
  { format, rows }: { readonly format: RecordFormat; readonly rows: number },
  stop: AbortSignal,
): AsyncGenerator<Buffer> {
  yield Buffer.from(format.head);
  try {
    for await (const { key, size } of listParts(pool, taskId)) {
      for await (const bytes of files.source(key, size).open()) {
        stop.throwIfAborted();
        yield bytes;
      }
    }
  } catch (error) {
    if (!(error instanceof FileMissingError)) throw error;
    throw new TaskError(
      'file_missing',
      'A part of this export is no longer in the file store. Create the export again.',
    );
  }
  yield Buffer.from(format.tail(rows));
}
