import type { Permission } from '../../task/permissions.ts';
import type { Operation as TaskOperation } from '../../task/task.ts';

/** Types of fields (Table Schema v2, "Field Types"). */
export const FIELD_TYPES = [
  ...(['string', 'number', 'integer', 'boolean', 'date', 'time', 'datetime', 'year', 'yearmonth', 'duration'] as const),
  ...(['list', 'object', 'array', 'geopoint', 'geojson', 'any'] as const),
] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

/** Types of a list's entries. */
export const ITEM_TYPES = ['string', 'integer', 'number', 'boolean', 'datetime', 'date', 'time'] as const;

export type ItemType = (typeof ITEM_TYPES)[number];

/** How a file's columns answer to the fields. */
export const FIELDS_MATCH = ['exact', 'equal', 'subset', 'superset', 'partial'] as const;

export type FieldsMatch = (typeof FIELDS_MATCH)[number];

/** Formats beyond the standard's. */
export const OWN_FORMATS = ['ip-address', 'mac-address', 'choice'] as const;

export type OwnFormat = (typeof OWN_FORMATS)[number];

/** What is done to a value before anything looks at it. */
export const NORMALISATIONS = ['trim', 'nfc', 'lowerCase'] as const;

export type Normalisation = (typeof NORMALISATIONS)[number];

/**
 * What can be done to a resource's records: take them from a file, merge patches into them, act on those that criteria match,
 * write them to a file.
 */
export type Operation = Exclude<TaskOperation, 'external'>;

export const OPERATIONS = ['import', 'patch', 'act', 'export'] as const satisfies readonly Operation[];

/** What the standard does not know: kept as it is written, by name. */
export type Custom = Readonly<Record<string, unknown>>;

/** Texts by language, such as `es`. */
export type ByLanguage = Readonly<Record<string, string>>;

export interface MissingValue {
  readonly value: string;
  readonly label?: string;
}

/** A value of a constraint or a category, as the declaration writes it: a number of JSON may be a `RawNumber`. */
export type Written = unknown;

export interface Category {
  readonly value: Written;
  readonly label?: string;
}

export interface Constraints {
  readonly required?: boolean;
  readonly unique?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: Written;
  readonly maximum?: Written;
  readonly exclusiveMinimum?: Written;
  readonly exclusiveMaximum?: Written;
  readonly pattern?: string;
  readonly enum?: readonly Written[];
  readonly jsonSchema?: Readonly<Record<string, unknown>> | boolean;
}

/** The `openbulk` member of a field. */
export interface FieldOptions {
  /** Column of the table; made of the field's name where it is not given. */
  readonly column?: string;
  readonly format?: OwnFormat;
  /** Longest cell, in characters. */
  readonly maxLength?: number;
  /** Digits of a number in all, and those of them behind the point, as in SQL's `numeric(precision, scale)`. */
  readonly precision?: number;
  readonly scale?: number;
  readonly labels?: ByLanguage;
  readonly descriptions?: ByLanguage;
  /** What other systems' files call it. */
  readonly aliases?: readonly string[];
  /** Cells of the sample file, two. */
  readonly examples?: readonly [string, string];
  /** No file gives it. */
  readonly readOnly?: boolean;
  /** Only criteria know it: lists, exports and imports have it not. */
  readonly unlisted?: boolean;
  readonly normalise?: readonly Normalisation[];
  /** Lists have it before anybody chooses columns. */
  readonly shown?: boolean;
  /** Of the values of `enum`: value → what it is called, by language. */
  readonly valueLabels?: Readonly<Record<string, ByLanguage>>;
}

/** A column of a resource (Table Schema v2, "Field"). */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Not given: the type's default. */
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly rdfType?: string;
  readonly missingValues?: readonly MissingValue[];
  readonly constraints: Constraints;
  readonly categories?: readonly Category[];
  readonly categoriesOrdered?: boolean;
  readonly decimalChar?: string;
  readonly groupChar?: string;
  readonly bareNumber?: boolean;
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
  readonly delimiter?: string;
  readonly itemType?: ItemType;
  readonly openbulk: FieldOptions;
  readonly custom: Custom;
}

export interface ForeignKey {
  readonly fields: readonly string[];
  readonly reference: {
    /** Another resource's name; not given: this one. */
    readonly resource?: string;
    readonly fields: readonly string[];
  };
  readonly openbulk?: ForeignKeyOptions;
}

/** What becomes of a line that names a record that does not exist. */
export const MISSING = ['reject', 'null', 'create'] as const;

export type Missing = (typeof MISSING)[number];

/** The `openbulk` member of a foreign key. */
export interface ForeignKeyOptions {
  /** Column of an adopted table that holds the reference: its fields are no columns of the table then. */
  readonly column?: string;
  /** What that column holds of the other table: a column of it. Given with `column`, and only then. */
  readonly holds?: string;
  /** Not given: `reject`. */
  readonly missing?: Missing;
  /** With `create`: cells of the record that is made, by its fields, without those of its key. */
  readonly create?: Readonly<Record<string, Written>>;
}

/** What tells a record from others within its organization, where `primaryKey` does not say it. */
export interface KeyOptions {
  /** The first of them that has a value. */
  readonly firstOf?: readonly string[];
  /** Each of them by itself. */
  readonly separate?: readonly string[];
  /** What keys are before they are compared; not given: trimmed and in NFC. */
  readonly normalise?: readonly Normalisation[];
}

/** Any column of a file whose name begins with `prefix` goes into one JSON object. */
export interface OpenOptions {
  readonly prefix: string;
  readonly column: string;
  /** Longest value, in characters. */
  readonly maxLength?: number;
  readonly example?: { readonly name: string; readonly values: readonly [string, string] };
  /** What all of them together are called. */
  readonly labels?: ByLanguage;
}

/** One JSON object that is shown as it is. */
export interface DocumentOptions {
  readonly name: string;
  readonly column: string;
  readonly labels?: ByLanguage;
}

/** How a table says whose a record is. */
export interface OrganizationOptions {
  /** Column of the table. */
  readonly column: string;
  /** What it has: an organization's slug, such as `acme`, or its id, a UUID. */
  readonly holds: (typeof HELD)[number];
}

export const HELD = ['slug', 'id'] as const;

/** What its owner says of a table that OpenBulk did not make, and its catalogue does not. */
export interface WriteOptions {
  /** Many lines can be written with one statement: it does not matter in which order, and whether at once. */
  readonly asSets?: boolean;
  /** Triggers that neither refuse a line, nor change what it says, nor look at or change other records of the table. */
  readonly harmlessTriggers?: readonly string[];
}

/** What a declaration can name a permission for. */
export const PERMITTED = ['readBy', 'importBy', 'updateBy', 'deleteBy', 'exportBy', 'actBy'] as const;

/** What it takes to do something to the resource. */
export type PermissionOptions = { readonly [Name in (typeof PERMITTED)[number]]?: Permission };

/** The `openbulk` member of a declaration. */
export interface ResourceOptions {
  readonly table?: string;
  /** Schema of the table within its database. */
  readonly schema?: string;
  /** Database that has the table, where it is another one. */
  readonly connection?: string;
  readonly organization?: OrganizationOptions;
  readonly operations?: readonly Operation[];
  readonly key?: KeyOptions;
  readonly labels?: ByLanguage;
  readonly descriptions?: ByLanguage;
  /** What one record is called, such as `An inventory item`. */
  readonly recordLabels?: ByLanguage;
  readonly open?: OpenOptions;
  readonly document?: DocumentOptions;
  readonly writes?: WriteOptions;
  readonly permissions?: PermissionOptions;
  /** How long a task of the resource can be taken back, in days. */
  readonly undo?: { readonly days: number };
}

/**
 * A kind of record, as Table Schema v2 declares it (https://datapackage.org/standard/table-schema/), with an `openbulk` member for what
 * that lacks; docs/declarations.md is its reference. Made by `parseDeclaration` alone: whoever has one need not check it.
 */
export interface Declaration {
  /** Such as `inventory-items`: `openbulk.name`, or what the file is called. */
  readonly name: string;
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly fields: readonly Field[];
  readonly fieldsMatch: FieldsMatch;
  readonly missingValues: readonly MissingValue[];
  /** Empty where `openbulk.key` says what the key is. */
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly openbulk: ResourceOptions;
  readonly custom: Custom;
}
