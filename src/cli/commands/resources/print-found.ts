import { ServiceError } from '../../../service/platform/service-error.ts';
import { CommandError } from '../../terminal/exit.ts';
import { note, printJson } from '../../terminal/output.ts';

/** A declaration made of what is there. */
interface Found {
  readonly declaration: unknown;
  /** What a person should look at, as sentences. */
  readonly remarks: readonly string[];
}

/**
 * Prints a declaration to standard output, and what a person should look at to standard error.
 *
 * @param of the file or table that it is made of, with which an error begins
 * @throws CommandError with all that keeps it from being made
 */
export async function printFound(of: string, find: () => Promise<Found>): Promise<void> {
  try {
    const { declaration, remarks } = await find();
    printJson(declaration);
    for (const remark of remarks) note(remark);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const problems = error.problems.map(({ message }) => message);
    throw new CommandError([`${of}: ${error.message}`, ...problems].join('\n'), { cause: error });
  }
}
