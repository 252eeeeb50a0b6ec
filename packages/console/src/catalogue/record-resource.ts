import { type Declaration, type DeclaredField, keyOf, labelOf, type Named } from './declaration.ts';

/** What a column's values are: by it they are shown, asked for and compared. */
export type Kind =
  | 'text'
  | 'number'
  | 'moment'
  | 'date'
  | 'time'
  | 'word'
  | 'ip'
  | 'mac'
  | 'choice'
  | 'list'
  | 'document'
  | 'json';

/** One of the values that a column can have. */
export interface NamedValue {
  readonly value: string;
  readonly label: string;
}

export interface Column {
  /** As the API and files name it; dots go into objects. */
  readonly name: string;
  /** What it is called. */
  readonly label: string;
  readonly kind: Kind;
  /** Whether the list shows it by default. */
  readonly shown: boolean;
  /** Of a `choice`. */
  readonly values?: readonly NamedValue[];
}

/** A kind of record, as lists, details and criteria show it in one language. */
export interface RecordResource {
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column[];
  /** Beside the columns, any name that begins so. */
  readonly open?: { readonly prefix: string; readonly kind: Kind; readonly label: string };
  /** The columns that tell a record from others. */
  readonly key: readonly string[];
  /** What a record calls its id and its times, as far as it has them. */
  readonly members: { readonly id?: string; readonly createdAt?: string; readonly updatedAt?: string };
}

/** Columns that a list shows where the declaration names none. */
const SHOWN = 7;

interface Speech {
  readonly language: string;
  readonly yes: string;
  readonly no: string;
}

/** What is needed to know of a resource. */
interface Given extends Named {
  readonly name: string;
  readonly declaration: Declaration;
  readonly recordMembers: RecordResource['members'];
}

/** A resource as it is declared, in a language. */
export function toRecordResource(served: Given, speech: Speech): RecordResource {
  const { name, declaration, recordMembers } = served;
  const { language } = speech;
  const key = keyOf(declaration);
  const listed = declaration.fields.filter(({ openbulk }) => !openbulk?.unlisted);
  const columns = listed.map((field): Column => {
    const values = valuesOf(field, speech);
    return {
      name: field.name,
      label: labelOf({ title: field.title, labels: field.openbulk?.labels }, field.name, language),
      kind: kindOf(field),
      shown: field.openbulk?.shown === true,
      ...(values && { values }),
    };
  });
  const open = openOf(declaration, language);
  return {
    name,
    label: labelOf(served, name, language),
    columns: columns.some(({ shown }) => shown) ? columns : showSome(columns, key),
    ...(open && { open }),
    key,
    members: recordMembers,
  };
}

/** Without a word of the declaration: the key, then the first columns whose values are not long. */
function showSome(columns: readonly Column[], key: readonly string[]): Column[] {
  const short = columns.filter(({ kind }) => kind !== 'json').map(({ name }) => name);
  const shown = new Set([...key, ...short.filter((name) => !key.includes(name))].slice(0, SHOWN));
  return columns.map((column) => ({ ...column, shown: shown.has(column.name) }));
}

function openOf({ openbulk = {} }: Declaration, language: string): RecordResource['open'] {
  const { open, document } = openbulk;
  if (open) return { prefix: open.prefix, kind: 'text', label: labelOf(open, open.prefix.slice(0, -1), language) };
  if (!document) return undefined;
  return { prefix: `${document.name}.`, kind: 'document', label: labelOf(document, document.name, language) };
}

/** What can be compared with what is up to the type (docs/declarations.md "Types"). */
const KINDS: Readonly<Record<string, Kind>> = {
  number: 'number',
  integer: 'number',
  year: 'number',
  boolean: 'choice',
  date: 'date',
  datetime: 'moment',
  time: 'time',
  yearmonth: 'time',
  duration: 'word',
  list: 'list',
  object: 'json',
  array: 'json',
  geojson: 'json',
};

function kindOf({ type = 'string', format, constraints, categories, openbulk }: DeclaredField): Kind {
  if (openbulk?.format === 'ip-address') return 'ip';
  if (openbulk?.format === 'mac-address') return 'mac';
  if (type === 'geopoint') return format === 'array' || format === 'object' ? 'json' : 'word';
  const kind = KINDS[type] ?? 'text';
  if ((kind === 'text' || kind === 'number') && (constraints?.enum ?? categories)) return 'choice';
  if (type === 'string' && format === 'uuid') return 'word';
  return type === 'string' && format === 'binary' ? 'json' : kind;
}

function valuesOf(field: DeclaredField, { language, yes, no }: Speech): readonly NamedValue[] | undefined {
  const { type, constraints, categories, openbulk } = field;
  if (kindOf(field) !== 'choice') return undefined;
  if (type === 'boolean')
    return [
      { value: 'true', label: yes },
      { value: 'false', label: no },
    ];
  const named = (categories ?? []).map((each) =>
    typeof each === 'object' && each !== null ? (each as { value: unknown; label?: string }) : { value: each },
  );
  return (constraints?.enum ?? named.map(({ value }) => value)).map((each) => {
    const value = String(each);
    const title = named.find((category) => String(category.value) === value)?.label;
    return { value, label: labelOf({ title, labels: openbulk?.valueLabels?.[value] }, value, language) };
  });
}

/** The column of that name, an open one too; `undefined` when the resource has none. */
export function findColumn(
  { columns, open }: RecordResource,
  name: string,
): Pick<Column, 'name' | 'kind' | 'values'> | undefined {
  const own = columns.find((column) => column.name === name);
  if (own) return own;
  return open && name.length > open.prefix.length && name.startsWith(open.prefix)
    ? { name, kind: open.kind }
    : undefined;
}

/** What a column is called; one that is not declared, by its name. */
export function columnName({ columns, open }: RecordResource, name: string): string {
  const own = columns.find((column) => column.name === name);
  if (own) return own.label;
  if (!open || !`${name}.`.startsWith(open.prefix)) return name;
  const rest = name.slice(open.prefix.length);
  return rest === '' ? open.label : `${open.label}: ${rest}`;
}
