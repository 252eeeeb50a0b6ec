import { permissionOf } from '../task/permissions.ts';
import type { Declaration, Field, ForeignKey } from './declaration/declaration.ts';
import { defined } from './declaration/fields.ts';
import { columnName, freeName, quoteName } from './declaration/names.ts';
import type { Column, HeldReference, Key, OpenColumns, OwnersTable, Resource } from './resource.ts';
import { writtenText } from './types/base-type.ts';
import { FALSE_VALUES, TRUE_VALUES } from './types/booleans.ts';
import type { ColumnType, SqlType } from './types/column-type.ts';
import { fieldType } from './types/field-type.ts';
import { text } from './types/texts.ts';

/** Longest cell of a key whose field says no length: with three others it fits into an index, whose entries have 2,700 bytes. */
const KEY_LENGTH = 256;
const OPEN_LENGTH = 2_000;

/** Where the records of a resource are: names as PostgreSQL's catalogue has them. */
export interface Place {
  /** Not given: the first of the search path. */
  readonly schema?: string;
  readonly table: string;
}

/**
 * Makes the resource that a declaration declares: its columns with their checks, its key, its table.
 *
 * @param place of its records; where the declaration says if not given
 * @param adopts whether the table there is somebody else's: then a field's column is called as the field, where it says no other
 */
export function compileResource(
  declaration: Declaration,
  place: Place = placeOf(declaration),
  { adopts = false }: { readonly adopts?: boolean } = {},
): Resource {
  const { name, openbulk } = declaration;
  const { columns, unlisted } = compileColumns(declaration, adopts);
  const { open, document, permissions } = openbulk;
  const table = quoteName(place.table);
  return {
    declaration,
    name,
    table: place.schema === undefined ? table : `${quoteName(place.schema)}.${table}`,
    place,
    ...(adopts && { adopted: ownersTable(declaration, place) }),
    operations: openbulk.operations ?? ['import', 'act', 'export'],
    readBy: permissions?.readBy ?? permissionOf(name, 'list'),
    permissions: defined({
      import: permissions?.importBy,
      update: permissions?.updateBy,
      delete: permissions?.deleteBy,
      export: permissions?.exportBy,
      act: permissions?.actBy,
    }),
    columns,
    ...(open && { open: openColumns(open) }),
    ...(unlisted.length > 0 && { unlisted }),
    ...(document && { document: { name: document.name, sql: quoteName(document.column) } }),
    key: compileKey(declaration),
  };
}

function placeOf({ name, openbulk: { table, schema } }: Declaration): Place {
  return { ...(schema !== undefined && { schema }), table: table ?? name.replaceAll('-', '_') };
}

function ownersTable(
  { foreignKeys, openbulk: { organization, connection, writes = {} } }: Declaration,
  { schema = 'public', table }: Place,
): OwnersTable {
  return {
    ...{ schema, table, writes, references: foreignKeys.flatMap(heldReference) },
    ...(connection !== undefined && { connection }),
    ...(organization && { organization: { ...organization, sql: quoteName(organization.column) } }),
  };
}

/** None, where the fields are columns of the table. */
function heldReference({ fields, reference, openbulk = {} }: ForeignKey): HeldReference[] {
  const { column, holds, missing = 'reject', create = {} } = openbulk;
  if (column === undefined || holds === undefined) return [];
  const cells = Object.entries(create).map(([name, cell]) => [name, writtenText(cell) ?? ''] as const);
  return [
    {
      ...{ fields, targets: reference.fields, column, holds, missing, create: Object.fromEntries(cells) },
      ...(reference.resource !== undefined && { resource: reference.resource }),
    },
  ];
}

/** The schema and table that a declaration adopts; `undefined` when a table is made for it. */
export function adoptedPlace({ openbulk: { table, schema = 'public' } }: Declaration): Required<Place> | undefined {
  return table === undefined ? undefined : { schema, table };
}

function compileColumns(declaration: Declaration, adopts: boolean): { columns: Column[]; unlisted: Column[] } {
  const { fields, foreignKeys, openbulk } = declaration;
  // What these are called is up to us: they are columns of no table.
  const held = new Set(
    adopts ? foreignKeys.flatMap((key) => (key.openbulk?.column === undefined ? [] : key.fields)) : [],
  );
  const taken = new Set(fields.flatMap((field) => field.openbulk.column ?? (held.size > 0 ? field.name : [])));
  for (const column of [openbulk.open?.column, openbulk.document?.column, openbulk.organization?.column])
    if (column !== undefined) taken.add(column);
  const columns: Column[] = [];
  const unlisted: Column[] = [];
  for (const field of fields) {
    const own = adopts && !held.has(field.name) ? field.name : undefined;
    const sql = field.openbulk.column ?? own ?? freeName(columnName(field.name), taken);
    taken.add(sql);
    const column = compileColumn(declaration, field, sql);
    (field.openbulk.unlisted ? unlisted : columns).push(adopts ? { ...column, type: widened(column.type) } : column);
  }
  return { columns, unlisted };
}

/** An owner's column may have numbers beyond the bounds of the field: they are read all the same. */
const WIDENED: Readonly<Partial<Record<SqlType, SqlType>>> = {
  integer: 'numeric',
  bigint: 'numeric',
  'bigint[]': 'numeric[]',
};

function widened(type: ColumnType): ColumnType {
  return { ...type, sql: WIDENED[type.sql] ?? type.sql };
}

function compileColumn({ missingValues, primaryKey, openbulk }: Declaration, field: Field, sql: string): Column {
  const { constraints, openbulk: own } = field;
  const labels = [...new Set([...(field.title ? [field.title] : []), ...Object.values(own.labels ?? {})])];
  const missing = (field.missingValues ?? missingValues).flatMap(({ value }) => (value.trim() === '' ? [] : value));
  const keyed = [...primaryKey, ...(openbulk.key?.firstOf ?? []), ...(openbulk.key?.separate ?? [])].includes(
    field.name,
  );
  return {
    name: field.name,
    sql: quoteName(sql),
    type: compileType(withoutWords(field, missing), keyed),
    // A field of the primary key is required (Table Schema, "primaryKey").
    ...((constraints.required || primaryKey.includes(field.name)) && { required: true }),
    ...(own.aliases && { aliases: own.aliases }),
    ...(labels.length > 0 && { labels }),
    ...((own.readOnly || own.unlisted) && { readOnly: true as const }),
    ...examplesOf(field),
    ...(missing.length > 0 && { missingValues: missing }),
  };
}

/** The field without words for true and false that are missing values: no cell says them, and so no export. */
function withoutWords(field: Field, missing: readonly string[]): Field {
  if (field.type !== 'boolean' || missing.length === 0) return field;
  const left = (words: readonly string[]) => {
    const others = words.filter((word) => !missing.includes(word));
    return others.length > 0 ? others : words;
  };
  const { trueValues = TRUE_VALUES, falseValues = FALSE_VALUES } = field;
  return { ...field, trueValues: left(trueValues), falseValues: left(falseValues) };
}

/** The standard has one example of a field: of one that is not required, the second row is blank. */
function examplesOf({ example, constraints, openbulk }: Field): Pick<Column, 'examples'> {
  const first = writtenText(example);
  if (openbulk.examples) return { examples: openbulk.examples };
  return first === undefined ? {} : { examples: [first, constraints.required ? first : ''] };
}

function compileType(field: Field, keyed: boolean) {
  const { constraints } = field;
  const { minLength = 0, maxLength } = constraints;
  const bounded =
    keyed && maxLength === undefined && minLength <= KEY_LENGTH && (field.type === 'string' || field.type === 'any');
  const given = bounded ? { ...field, constraints: { ...constraints, maxLength: KEY_LENGTH } } : field;
  return fieldType(given, (member, message) => {
    throw new Error(`${field.name}${member}: ${message}`);
  });
}

function compileKey({ primaryKey, openbulk }: Declaration): Key {
  const { firstOf, separate, normalise } = openbulk.key ?? {};
  const columns = firstOf ?? separate ?? primaryKey;
  return {
    columns,
    ...(separate && { separate: true as const }),
    ...(primaryKey.length > 1 && { together: true as const }),
    ...(normalise?.includes('lowerCase') && { caseInsensitive: true }),
    ...(normalise && !(normalise.includes('trim') && normalise.includes('nfc')) && { normalise }),
  };
}

function openColumns({
  prefix,
  column,
  maxLength = OPEN_LENGTH,
  example,
}: NonNullable<Declaration['openbulk']['open']>): OpenColumns {
  return {
    prefix,
    sql: quoteName(column),
    type: text(maxLength),
    example: example ?? { name: `${prefix}note`, values: ['', ''] },
  };
}
