import { ServiceError } from '../../../service/platform/service-error.ts';
import { adoptTable } from '../../../service/resources/adopt/adopt-table.ts';
import { CommandError } from '../../terminal/exit.ts';
import { note, printJson } from '../../terminal/output.ts';
import { withDatabases } from './with-owner.ts';

/** Options of `adopt`. */
export interface Adopting {
  readonly name?: string;
  readonly organization?: string;
  readonly connection?: string;
}

/** Prints a declaration that adopts a table; what a person should know is written to standard error. */
export async function adopt(path: string, { name, organization, connection }: Adopting): Promise<void> {
  const dot = path.indexOf('.');
  const place =
    dot < 0 ? { schema: 'public', table: path } : { schema: path.slice(0, dot), table: path.slice(dot + 1) };
  await withDatabases(async (pool, elsewhere) => {
    try {
      const given = {
        ...place,
        ...(name !== undefined && { name }),
        ...(organization !== undefined && { organization }),
        ...(connection !== undefined && { connection }),
      };
      const adopted = await adoptTable(pool, given, elsewhere);
      printJson(adopted.declaration);
      for (const remark of adopted.remarks) note(remark);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const problems = error.problems.map(({ message }) => message);
      throw new CommandError([`${path}: ${error.message}`, ...problems].join('\n'), { cause: error });
    }
  });
}
