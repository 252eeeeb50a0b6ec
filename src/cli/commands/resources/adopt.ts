import { adoptTable } from '../../../service/resources/adopt/adopt-table.ts';
import { namedOrganization } from '../../with-database.ts';
import { printFound } from './print-found.ts';
import { withDatabases } from './with-owner.ts';

/** Options of `adopt`. */
export interface Adopting {
  readonly name?: string;
  readonly organization?: string;
  readonly connection?: string;
  /** For which it is to be declared; not given: every organization. */
  readonly org?: string;
}

/** Prints a declaration that adopts a table; what a person should know is written to standard error. */
export async function adopt(path: string, { name, organization, connection, org }: Adopting): Promise<void> {
  const dot = path.indexOf('.');
  const given = {
    ...(dot < 0 ? { schema: 'public', table: path } : { schema: path.slice(0, dot), table: path.slice(dot + 1) }),
    ...(name !== undefined && { name }),
    ...(organization !== undefined && { organization }),
    ...(connection !== undefined && { connection }),
  };
  await withDatabases(async (pool, elsewhere) => {
    const owner = org === undefined ? null : (await namedOrganization(pool, org)).id;
    await printFound(path, () => adoptTable(pool, { ...given, owner }, elsewhere));
  });
}
