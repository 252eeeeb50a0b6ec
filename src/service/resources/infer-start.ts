import type { Inferred } from '../../resources/infer/infer-declaration.ts';
import { TaskError } from '../../task/errors.ts';
import { ServiceError } from '../platform/service-error.ts';
import { inflateStart, inMemory } from '../preview/file-start.ts';
import { inferFile } from './infer-file.ts';

const MIB = 1024 * 1024;
/** Bytes of a file that are looked at: its first ones. */
export const INFER_BYTES = 8 * MIB;

/** The beginning of a file, for whose records a declaration is to be made. */
export interface FileToInfer {
  readonly bytes: Buffer;
  /** Whether `bytes` is all of it. */
  readonly whole: boolean;
  readonly fileName: string;
  /** Of the resource; not given: made of the file's name. */
  readonly name?: string;
  /** As it was declared. */
  readonly encoding?: string;
}

/**
 * Makes a declaration of the beginning of a CSV file. Nothing is kept.
 *
 * @throws ServiceError `invalid`: of `file`, why it cannot be read
 */
export async function inferStart({ bytes, whole, ...file }: FileToInfer): Promise<Inferred> {
  try {
    const start = await inflateStart(bytes, INFER_BYTES);
    const cut = !whole || !start.whole;
    const { declaration, remarks } = await inferFile({ ...file, source: inMemory(start.bytes), cut });
    const all = cut ? [`Only the first ${INFER_BYTES / MIB} MiB of the file were looked at.`] : [];
    return { declaration, remarks: [...all, ...remarks] };
  } catch (error) {
    if (!(error instanceof TaskError) && !(error instanceof ServiceError)) throw error;
    throw new ServiceError('invalid', error.message, [{ field: 'file', message: error.message }]);
  }
}
