import { ServiceError } from '../../../service/platform/service-error.ts';
import { inferFile } from '../../../service/resources/infer-file.ts';
import { openInput } from '../../server/input.ts';
import { CommandError, UsageError } from '../../terminal/exit.ts';
import { note, printJson } from '../../terminal/output.ts';

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
    const source = { size: file.size, open: (offset?: number) => file.stream(offset) };
    const inferred = await inferFile({
      ...{ source, fileName: input.name },
      ...(name !== undefined && { name }),
      ...(encoding !== undefined && { encoding }),
    });
    printJson(inferred.declaration);
    for (const remark of inferred.remarks) note(remark);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new CommandError(`${path}: ${error.message}`, { cause: error });
  } finally {
    await input.close();
  }
}
