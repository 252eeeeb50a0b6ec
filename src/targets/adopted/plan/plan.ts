import type { Missing } from '../../../resources/declaration/declaration.ts';
import type { TableName } from '../shape/relation.ts';
import type { TableShape } from '../shape/shape.ts';

/** What is done to a record: with one that is there changed, left as it is, or refused; one that is not there made, or refused. */
export type WriteMode = 'upsert' | 'insert-or-skip' | 'insert' | 'update' | 'delete';

/** What is to be written, and what the owner says of the table. */
export interface WriteRequest {
  /** Columns of the table that each line has, in the order of its values; those that hold references behind the others. */
  readonly columns: readonly string[];
  /** Where there are references: what each of a line's values is of, a column or something that a reference names. */
  readonly values?: readonly string[];
  readonly references?: readonly RequestedReference[];
  /** By which a record is found; some of `columns`. */
  readonly key: readonly string[];
  readonly mode: WriteMode;
  /** Whether a value that a line does not have stays as it is in its record. */
  readonly keepsBlanks?: boolean;
  /** The column that tells an organization's records from others', and what it has in these. */
  readonly organization?: { readonly column: string; readonly value: string };
  /** Some of `columns` that only new records get. */
  readonly insertOnly?: readonly string[];
  /** A column that has when a record was changed last. */
  readonly touches?: string;
  /** Whether the owner declares the table fit for sets: that it does not matter in which order lines are written, and whether at once. */
  readonly declaredSetSafe?: boolean;
  /** Triggers that neither refuse a line, nor change what it says, nor look at or change other records of the table. */
  readonly harmlessTriggers?: readonly string[];
}

/** Values of a line that name a record of another table, and the column that holds what they name. */
export interface RequestedReference {
  /** As files name them. */
  readonly fields: readonly string[];
  /** The resource that they refer to. */
  readonly resource: string;
  /** Some of `WriteRequest.values`. */
  readonly values: readonly string[];
  /** Columns of the other table that those name, in their order. */
  readonly names: readonly string[];
  /** The column of the table that holds the reference: one of `WriteRequest.columns`. */
  readonly column: string;
  /** What it holds: a column of the other table. */
  readonly holds: string;
  /** The other table. */
  readonly shape: TableShape;
  readonly organization?: { readonly column: string; readonly value: string };
  readonly missing: Missing;
  /** What a record that is created has, beside what names it. */
  readonly created: readonly { readonly column: string; readonly value: string | null }[];
}

/** How lines are written into a table, found out once for a task. It is kept with the task as JSON, by `version`. */
export interface WritePlan {
  readonly version: 1;
  readonly table: TableName;
  /** Who writes. */
  readonly role: string;
  readonly mode: WriteMode;
  /** Whether a value that a line does not have stays as it is in its record. */
  readonly keepsBlanks?: true;
  /** Of the lines' values, in their order. */
  readonly columns: readonly PlannedColumn[];
  /** As `WriteRequest.values`; given with references, and only then. */
  readonly values?: readonly string[];
  readonly references?: readonly PlannedReference[];
  /** Columns by which a record is found, with the operators of their index. */
  readonly key: readonly KeyPart[];
  /** Indexes, by the names that errors have for them, that hold the key: two rows of one key are refused by one of these. */
  readonly keyIndexes: readonly string[];
  /** A column that tells the records of an organization from others', and what it has in theirs. */
  readonly organization?: { readonly column: string; readonly value: string };
  /** Where triggers look for names, if not where the connection does; as SET has it. */
  readonly searchPath?: string;
  /** A column that has when a record was changed last. */
  readonly touches?: string;
  /** Whether only the rows of the table itself are meant, not those of tables that inherit from it. */
  readonly only: boolean;
  /** Whether the role may lock rows. */
  readonly locks: boolean;
  /** Whether a line changes no other record than its own. */
  readonly independent: boolean;
  /** Whether a trigger may change what a line says, so that only the record afterwards tells what became of it. */
  readonly revises: boolean;
  /** Whether lines may be written as a set: declared by the owner, and not denied by the catalogue. */
  readonly sets: boolean;
  /** What the catalogue has against it, as sentences. */
  readonly againstSets: readonly string[];
  /** What a constraint says, by the name that an error has for it. */
  readonly constraints: readonly PlannedConstraint[];
}

export interface PlannedColumn {
  readonly name: string;
  /** What a text is cast to, quoted; the assignment does the rest, and refuses what does not fit. */
  readonly type: string;
  /** What its value would be, once assigned, in comparisons: cast to this, since it rounds; quoted. */
  readonly rounds?: string;
  /** Characters at most, behind which blanks are cut. */
  readonly length?: number;
  /** How it is found out whether a value is another one: by the type's own equality, or by what is written. */
  readonly compared: 'value' | 'text';
  /** Whether a record that is there keeps what it has: a key, an id. */
  readonly fixed: boolean;
}

export interface KeyPart {
  readonly column: string;
  /** Quoted, such as `operator(pg_catalog."=")`. */
  readonly equals: string;
  /** What a text is cast to, quoted. */
  readonly type: string;
}

/** How a reference is looked up. */
export interface PlannedReference {
  /** As files name them. */
  readonly fields: readonly string[];
  readonly resource: string;
  readonly table: TableName;
  /** One of `WritePlan.columns`. */
  readonly column: string;
  /** A column of the other table. */
  readonly holds: string;
  /** What a record of the other table is found by: each a value of the line, by its index in `WritePlan.values`. */
  readonly key: readonly (KeyPart & { readonly value: number; readonly isText: boolean })[];
  readonly organization?: KeyPart & { readonly value: string };
  /** Unique indexes of the other table, by which two records of one key are refused. */
  readonly keyIndexes: readonly string[];
  readonly missing: Missing;
  readonly created: readonly { readonly column: string; readonly type: string; readonly value: string | null }[];
  /** Whether the reference is part of the key. */
  readonly keyed: boolean;
  /** Whether lines can change what others name: then it is looked up again behind a line that wrote something. */
  readonly changing: boolean;
}

export interface PlannedConstraint {
  readonly name: string;
  readonly table: string;
  readonly kind: 'unique' | 'foreign key' | 'check' | 'exclusion' | 'trigger';
  readonly columns: readonly string[];
  /** Whether it is a foreign key to the table itself: then its error says either of two things. */
  readonly self: boolean;
}

/** What no line could pass. */
export interface Refusal {
  readonly code: RefusalCode;
  /** A sentence: what, where, and what to do. */
  readonly message: string;
  readonly column?: string;
  /** A statement with which the owner would lift it. */
  readonly statement?: string;
}

export type RefusalCode =
  | 'not_a_table'
  | 'foreign_table'
  | 'materialized_view'
  | 'view_not_updatable'
  | 'temporary_table'
  | 'system_table'
  | 'server_too_old'
  | 'encoding'
  | 'has_rules'
  | 'unknown_column'
  | 'duplicate_column'
  | 'read_only_column'
  | 'organization_column'
  | 'missing_column'
  | 'missing_key'
  | 'key_not_unique'
  | 'missing_privilege'
  | 'reference_unfit';
