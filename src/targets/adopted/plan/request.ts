import { catalogName } from '../../../resources/declaration/names.ts';
import { importableColumns, type OwnersTable, type Resource } from '../../../resources/resource.ts';
import type { Queryable } from '../../../store/connection/wire.ts';
import { describeTable } from '../shape/describe-table.ts';
import type { TableShape } from '../shape/shape.ts';
import type { WriteMode, WriteRequest } from './plan.ts';

/** Whose records are written: as the API names an organization, and as the database does. */
export interface RecordsOwner {
  readonly slug: string;
  readonly id: string;
}

/** What lines of a resource are, and into which tables they go. */
interface Requested {
  /** That lines have, as statements have them (`Column.sql`): of a reference all of its fields, or none. */
  readonly columns: readonly string[];
  readonly mode: WriteMode;
  readonly owner: RecordsOwner;
  /** Tables to which references refer, by the columns that hold them. */
  readonly referred: ReadonlyMap<string, TableShape>;
}

/** What is to be written into a resource's adopted table. */
export function requestOf(
  { name, key, columns: declared }: Resource,
  { organization, writes, references }: OwnersTable,
  { columns, mode, owner, referred }: Requested,
): WriteRequest {
  const sqlOf = (field: string) => declared.find((column) => column.name === field)?.sql as string;
  const nameOf = (field: string) => catalogName(sqlOf(field));
  const whose = ({ column, holds }: NonNullable<OwnersTable['organization']>) => ({ column, value: owner[holds] });
  const given = references.flatMap((reference) => {
    const { fields, to, resource = name, column, holds, missing } = reference;
    const shape = referred.get(column);
    if (!to || !shape || !fields.every((field) => columns.includes(sqlOf(field)))) return [];
    const own = { resource, column, holds, missing, shape, created: to.created, names: to.columns };
    const theirs = to.organization && { organization: whose(to.organization) };
    return [{ ...own, ...theirs, fields, values: fields.map(nameOf) }];
  });
  const held = new Set(references.flatMap(({ fields }) => fields.map(sqlOf)));
  const holding = new Map(references.flatMap(({ fields, column }) => fields.map((field) => [field, column])));
  const keyed = declared.map((column) => column.name).filter((field) => key.columns.includes(field));
  return {
    columns: [...columns.filter((column) => !held.has(column)).map(catalogName), ...given.map(({ column }) => column)],
    key: [...new Set(keyed.map((field) => holding.get(field) ?? nameOf(field)))],
    mode,
    ...(given.length > 0 && { references: given, values: columns.map(catalogName) }),
    ...(organization && { organization: whose(organization) }),
    declaredSetSafe: writes.asSets === true,
    harmlessTriggers: writes.harmlessTriggers ?? [],
  };
}

/** Reads the tables to which a resource's references refer, by the columns that hold them; those that are not there are left out. */
export async function describeReferred(db: Queryable, { references }: OwnersTable): Promise<Map<string, TableShape>> {
  const found = new Map<string, TableShape>();
  for (const { column, to } of references) {
    const shape = to && (await describeTable(db, to));
    if (shape) found.set(column, shape);
  }
  return found;
}

/** All columns that a file can give, as statements have them. */
export function givenColumns(resource: Resource): string[] {
  return importableColumns(resource).map(({ sql }) => sql);
}
