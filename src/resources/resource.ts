import type { ColumnType } from './types.ts';

/** A column of a resource, as files and the API name it. */
export interface Column {
  /** Name in files and in the API, such as `basic.name`; dots make nested objects in JSON. */
  readonly name: string;
  /** Column of the table. */
  readonly sql: string;
  readonly type: ColumnType;
  readonly required?: boolean;
  /** Two values for the sample file. */
  readonly examples: readonly [string, string];
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

/** How a record is told from another, within its organization. */
export interface Key {
  /** The columns the key is made of; the first that has a value counts. */
  readonly columns: readonly string[];
  /** The same value in upper or lower case is the same record. */
  readonly caseInsensitive?: boolean;
}

/**
 * A kind of record. From this declaration come its import, its list, its sample file and the messages of its checks;
 * adding one is this, a migration with the table, and a line in the registry (docs/adding-a-resource.md).
 *
 * The table has, beside the declared columns: `id uuid`, `organization_id uuid`, `key text collate "C"`, `created_at`,
 * `updated_at`; its primary key is `(organization_id, id)`, and `(organization_id, key)` is unique.
 */
export interface Resource {
  /** Such as `inventory-items`; its import is the action `import-inventory-items`. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly open?: OpenColumns;
  readonly key: Key;
}
