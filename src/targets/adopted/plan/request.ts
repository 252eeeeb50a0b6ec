import { catalogName } from '../../../resources/declaration/names.ts';
import { importableColumns, type OwnersTable, type Resource } from '../../../resources/resource.ts';
import type { WriteMode, WriteRequest } from './plan.ts';

/** Whose records are written: as the API names an organization, and as the database does. */
export interface RecordsOwner {
  readonly slug: string;
  readonly id: string;
}

/**
 * What is to be written into a resource's adopted table.
 *
 * @param columns that lines have, as statements have them (`Column.sql`)
 */
export function requestOf(
  { key, columns: declared }: Resource,
  { organization, writes }: OwnersTable,
  {
    columns,
    mode,
    owner,
  }: { readonly columns: readonly string[]; readonly mode: WriteMode; readonly owner: RecordsOwner },
): WriteRequest {
  const keyed = declared.filter(({ name }) => key.columns.includes(name));
  return {
    columns: columns.map(catalogName),
    key: keyed.map(({ sql }) => catalogName(sql)),
    mode,
    ...(organization && { organization: { column: organization.column, value: owner[organization.holds] } }),
    declaredSetSafe: writes.asSets === true,
    harmlessTriggers: writes.harmlessTriggers ?? [],
  };
}

/** All columns that a file can give, as statements have them. */
export function givenColumns(resource: Resource): string[] {
  return importableColumns(resource).map(({ sql }) => sql);
}
