import { type Permission, permissionOf, type ResourceVerb } from '../task/permissions.ts';
import type {
  Declaration,
  Missing,
  Normalisation,
  Operation,
  OrganizationOptions,
  WriteOptions,
} from './declaration/declaration.ts';
import { quoteName } from './declaration/names.ts';
import type { ColumnType } from './types/column-type.ts';

export type { Operation } from './declaration/declaration.ts';

/** A column of a resource, as files and the API name it. */
export interface Column {
  /** Name in files and in the API, such as `basic.name`; dots make nested objects in JSON (`pathOf`). */
  readonly name: string;
  /** Column of the table, as a statement has it: in quotes where it needs them. */
  readonly sql: string;
  readonly type: ColumnType;
  readonly required?: boolean;
  /** What other systems' files call it; suggestions are made of it. */
  readonly aliases?: readonly string[];
  /** What people call it, in any language: a file that was made for them may call it so, too. */
  readonly labels?: readonly string[];
  /** Set by bulk actions: lists and criteria have it, an import neither maps to it nor takes a file's column of its name. */
  readonly readOnly?: true;
  /** Two values for the sample file; of a column that a file can give. */
  readonly examples?: readonly [string, string];
  /** Cells that are no value, beside blank ones, in any import. */
  readonly missingValues?: readonly string[];
}

/** Any column whose name starts with `prefix` goes into one JSON object; a blank cell removes its member. */
export interface OpenColumns {
  /** Such as `metadata.`. */
  readonly prefix: string;
  /** The `jsonb` column of the table. */
  readonly sql: string;
  readonly type: ColumnType;
  readonly example: { readonly name: string; readonly values: readonly [string, string] };
}

/** A `jsonb` column that holds one JSON object, shown as it is under `name`. */
export interface Document {
  readonly name: string;
  readonly sql: string;
}

/** How a record is told from another, within its organization. */
export interface Key {
  /** The columns the key is made of; the first that has a value counts. */
  readonly columns: readonly string[];
  /** Instead, each of the columns tells the record by itself: the table has no `key`, and each column is unique. */
  readonly separate?: true;
  /** Instead, all of the columns tell the record together (`keyText`). */
  readonly together?: true;
  /** The same value in upper or lower case is the same record. */
  readonly caseInsensitive?: boolean;
  /** All that is done to a value before it is compared, where that is not to trim it and bring it into NFC. */
  readonly normalise?: readonly Normalisation[];
}

/** The fields of references that are no columns of the table. */
export function heldFields({ adopted }: Pick<Resource, 'adopted'>): ReadonlySet<string> {
  return new Set(adopted?.references.flatMap(({ fields }) => fields));
}

/**
 * The columns of an adopted table that tell its records apart, as statements have them. Of a key that is a reference it is the one that holds it: its
 * index finds records by that.
 */
export function idColumns({ key, columns, adopted }: Pick<Resource, 'key' | 'columns' | 'adopted'>): string[] {
  const named = key.columns.map((name) => {
    const reference = adopted?.references.find(({ fields }) => fields.includes(name));
    return reference ? quoteName(reference.column) : (columns.find((column) => column.name === name)?.sql as string);
  });
  return [...new Set(named)];
}

/** A table that OpenBulk did not make. It has the owner's columns alone, and what its records are is up to its catalogue. */
export interface OwnersTable {
  /** As PostgreSQL's catalogue has them. */
  readonly schema: string;
  readonly table: string;
  /** Of the database that has it; not given: OpenBulk's own. */
  readonly connection?: string;
  /** The column that says whose a record is; not given: all are the organization's that declared the resource. */
  readonly organization?: {
    readonly column: string;
    /** As a statement has it. */
    readonly sql: string;
    readonly holds: OrganizationOptions['holds'];
    /** Of the organization at hand, where its table cannot be asked for it: in another database. */
    readonly slug?: string;
  };
  readonly writes: WriteOptions;
  /** References that its columns hold by something else than their fields. */
  readonly references: readonly HeldReference[];
}

/** Fields that name a record of another adopted table by its key, where a column of this table holds something else of that record. */
export interface HeldReference {
  readonly fields: readonly string[];
  /** Not given: the resource itself. */
  readonly resource?: string;
  /** Fields of that resource's key, in the order of `fields`. */
  readonly targets: readonly string[];
  /** The column that holds the reference, as the catalogue has it. */
  readonly column: string;
  /** What it holds: a column of the other table, as the catalogue has it. */
  readonly holds: string;
  readonly missing: Missing;
  /** Cells of a record that is created, by its fields. */
  readonly create: Readonly<Record<string, string>>;
  /** Where the other records are; not given: nobody has looked (`withReferences`), or they are not there any more. */
  readonly to?: ReferredTable;
}

/** An adopted table to which another one refers. */
export interface ReferredTable {
  /** As PostgreSQL's catalogue has them. */
  readonly schema: string;
  readonly table: string;
  /** Columns that the fields of a reference name, in their order, as the catalogue has them. */
  readonly columns: readonly string[];
  /** Columns of a record that is created, beside those, with their canonical values. */
  readonly created: readonly { readonly column: string; readonly value: string | null }[];
  readonly organization?: OwnersTable['organization'];
}

/**
 * A kind of record, compiled of its declaration (`compileResource`). From it come its import, its list, its sample file, its criteria and
 * the messages of its checks.
 *
 * The table has, beside the declared columns: `id uuid`, `organization_id uuid`, `key text collate "C"`, `created_at`,
 * `updated_at`; its primary key is `(organization_id, id)`, and `(organization_id, key)` is unique. Where the key is
 * `separate` there is no `key`, and `(organization_id, column)` is unique for each of its columns.
 */
export interface Resource {
  /** What it is compiled of. */
  readonly declaration: Declaration;
  /** Of one that somebody declared: its version, which a task keeps. */
  readonly versionId?: string;
  /** Of such a one: the organization that declared it; null: it is every organization's. */
  readonly owner?: string | null;
  /** Such as `inventory-items`; its import is the action `import-inventory-items`. */
  readonly name: string;
  /** As a statement has it: with its schema where it has one, in quotes where it needs them. */
  readonly table: string;
  /** The same as PostgreSQL's catalogue has it; without a schema, the first of the search path. */
  readonly place: { readonly schema?: string; readonly table: string };
  /** Where it is somebody else's: what is said here of the table does not hold, and `sourceOf` tells how it is read. */
  readonly adopted?: OwnersTable;
  readonly operations: readonly Operation[];
  /** What it takes to list its records; of one that comes with the program, to export them too. */
  readonly readBy: Permission;
  /** What it takes to do the rest, where the declaration says so. */
  readonly permissions: Readonly<Partial<Record<Exclude<ResourceVerb, 'list'>, Permission>>>;
  readonly columns: readonly Column[];
  readonly open?: OpenColumns;
  /** Columns that a criteria can name, and that lists, exports and imports have not. */
  readonly unlisted?: readonly Column[];
  readonly document?: Document;
  readonly key: Key;
}

/**
 * What it takes to do that with a resource's records, beside what a dialect asks; `undefined`: no more than that. A declared resource has a
 * permission for each; those of the published pages have the one of their list, which exports take as well, and those to change and delete
 * records by criteria, which the pages do not know.
 */
export function permissionFor(
  { name, versionId, readBy, permissions }: Resource,
  verb: ResourceVerb,
): Permission | undefined {
  if (verb === 'list') return readBy;
  if (versionId !== undefined || verb === 'delete' || verb === 'act')
    return permissions[verb] ?? permissionOf(name, verb);
  return permissions[verb] ?? (verb === 'export' ? readBy : undefined);
}

/** Whether its records have an action in force, as those of the published page: the devices. */
export function hasActions({ versionId, columns }: Resource): boolean {
  return versionId === undefined && columns.some(({ name, readOnly }) => name === 'action' && readOnly);
}

/** The columns that a file can give. */
export function importableColumns(resource: Resource): readonly Column[] {
  return resource.columns.filter(({ readOnly }) => !readOnly);
}

/** Keys are in an index of PostgreSQL, whose entries have at most 2,704 bytes, with the organization's id. */
export const MAX_KEY_BYTES = 2_600;

/** The key of values that tell a record together: as JSON, so that no two lists of values have the same. */
export function keyText(values: readonly string[]): string {
  return JSON.stringify(values);
}
