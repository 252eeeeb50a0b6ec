import { inferFile } from '../../../service/resources/infer-file.ts';
import { openInput } from '../../server/input.ts';
import { UsageError } from '../../terminal/exit.ts';
import { printFound } from './print-found.ts';

/** Options of `infer`. */
export interface Inferring {
  readonly name?: string;
  readonly encoding?: string;
}

/** Prints a declaration for the records of a file; what a person should look at is written to standard error. */
export async function infer(path: string, { name, encoding }: Inferring): Promise<void> {
  const input = await openInput(path);
  try {
    const { file } = input;
    if (!file) throw new UsageError(`${path} is read more than once: name a file, not a pipe.`);
    const given = {
      source: { size: file.size, open: (offset?: number) => file.stream(offset) },
      fileName: input.name,
      ...(name !== undefined && { name }),
      ...(encoding !== undefined && { encoding }),
    };
    await printFound(path, () => inferFile(given));
  } finally {
    await input.close();
  }
}
