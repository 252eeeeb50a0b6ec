import { type Declaration, type DeclaredField, keyOf } from '../../catalogue/declaration.ts';
import type { Made } from '../queries.ts';

/** Of what a declaration was made. */
export type Source =
  | { readonly kind: 'file'; readonly name: string; readonly size: number }
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'resource'; readonly name: string };

/** A field that is being edited. */
export interface FieldDraft {
  /** The same while its name changes. */
  readonly id: number;
  /** What it was called before anything was changed: the header of the file, the column of the table. */
  readonly origin: string;
  readonly field: DeclaredField;
}

/** A declaration that is being edited. It survives JSON (`writeJson`). */
export interface ResourceDraft {
  readonly source: Source;
  /** As it was; its fields and key are those below. */
  readonly declaration: Declaration;
  readonly fields: readonly FieldDraft[];
  /** Fields that were left out, which can be taken back. */
  readonly removed: readonly FieldDraft[];
  /** Ids of the fields that tell a record from others. */
  readonly key: readonly number[];
  readonly remarks: readonly string[];
}

export function draftOf({ declaration, remarks }: Made, source: Source): ResourceDraft {
  const fields = declaration.fields.map((field, id) => ({ id, origin: field.name, field }));
  const names = keyOf(declaration);
  const key = names.flatMap((name) => fields.find(({ origin }) => origin === name)?.id ?? []);
  return { source, declaration, fields, removed: [], key, remarks };
}

/** A draft with a label for people, where the declaration has none: `our-customers` are our customers. */
export function labelled(draft: ResourceDraft, language: string): ResourceDraft {
  const { name = '', labels } = draft.declaration.openbulk ?? {};
  if (labels) return draft;
  const words = name.replaceAll('-', ' ');
  return withOptions(draft, { labels: { [language]: words.charAt(0).toUpperCase() + words.slice(1) } });
}

type Options = NonNullable<Declaration['openbulk']>;

/** The draft with other options of the resource; those that are undefined are dropped. */
export function withOptions(
  draft: ResourceDraft,
  changed: { readonly [Name in keyof Options]?: Options[Name] | undefined },
): ResourceDraft {
  const openbulk = defined({ ...draft.declaration.openbulk, ...changed }) as Options;
  return { ...draft, declaration: { ...draft.declaration, openbulk } };
}

/** A text in a language, beside those in others; a blank one is none. */
export function withText(
  texts: Readonly<Record<string, string>> | undefined,
  language: string,
  text: string,
): Readonly<Record<string, string>> | undefined {
  const { [language]: _, ...others } = texts ?? {};
  const changed = text === '' ? others : { ...others, [language]: text };
  return Object.keys(changed).length > 0 ? changed : undefined;
}

export function withField(draft: ResourceDraft, id: number, field: DeclaredField): ResourceDraft {
  return { ...draft, fields: draft.fields.map((each) => (each.id === id ? { ...each, field } : each)) };
}

/** Of the field, whether it is one of those that tell a record from others. */
export function withKey(draft: ResourceDraft, id: number, keyed: boolean): ResourceDraft {
  const others = draft.key.filter((each) => each !== id);
  return { ...draft, key: keyed ? [...others, id] : others };
}

export function withoutField(draft: ResourceDraft, id: number): ResourceDraft {
  const gone = draft.fields.filter((each) => each.id === id);
  const fields = draft.fields.filter((each) => each.id !== id);
  return { ...withKey(draft, id, false), fields, removed: [...draft.removed, ...gone] };
}

/** Takes back a field that was left out, where it was. */
export function takenBack(draft: ResourceDraft, id: number): ResourceDraft {
  const back = draft.removed.filter((each) => each.id === id);
  const fields = [...draft.fields, ...back].sort((a, b) => a.id - b.id);
  return { ...draft, fields, removed: draft.removed.filter((each) => each.id !== id) };
}

/** A field that neither the file nor the table has. */
export function withNewField(draft: ResourceDraft): ResourceDraft {
  const id = Math.max(-1, ...[...draft.fields, ...draft.removed].map((each) => each.id)) + 1;
  return { ...draft, fields: [...draft.fields, { id, origin: '', field: { name: '', type: 'string' } }] };
}

/** The declaration that the draft is. */
export function toDeclaration({ source, declaration, fields, key }: ResourceDraft): Declaration {
  const { primaryKey: _, ...rest } = declaration;
  const adopts = declaration.openbulk?.table !== undefined;
  const named = new Map(fields.map(({ origin, field }) => [origin, field.name]));
  const names = key.flatMap((id) => fields.find((each) => each.id === id)?.field.name ?? []);
  const firstOf = declaration.openbulk?.key?.firstOf;
  const separate = declaration.openbulk?.key?.separate;
  const openbulk =
    firstOf || separate
      ? { ...declaration.openbulk, key: { ...declaration.openbulk?.key, [firstOf ? 'firstOf' : 'separate']: names } }
      : declaration.openbulk;
  return {
    ...renamed(rest, named),
    fields: fields.map(({ origin, field }) => (origin === field.name || origin === '' ? field : moved(field))),
    ...(!(firstOf || separate) && names.length > 0 && { primaryKey: names }),
    ...(openbulk && { openbulk }),
  };

  /** A field under another name still takes what it was made of. */
  function moved(field: DeclaredField): DeclaredField {
    const origin = fields.find((each) => each.field === field)?.origin ?? '';
    const { aliases = [], column, ...options } = field.openbulk ?? {};
    if (adopts) return { ...field, openbulk: { ...field.openbulk, column: column ?? origin } };
    if (source.kind !== 'file' || aliases.includes(origin)) return field;
    return {
      ...field,
      openbulk: { ...options, ...(column !== undefined && { column }), aliases: [...aliases, origin] },
    };
  }
}

/** Other members that name fields, with their new names. */
function renamed(declaration: Omit<Declaration, 'primaryKey'>, named: ReadonlyMap<string, string>) {
  const name = (each: unknown): unknown =>
    Array.isArray(each) ? each.map(name) : typeof each === 'string' ? (named.get(each) ?? each) : each;
  const { uniqueKeys, foreignKeys } = declaration;
  return {
    ...declaration,
    ...(Array.isArray(uniqueKeys) && { uniqueKeys: name(uniqueKeys) }),
    ...(Array.isArray(foreignKeys) && {
      foreignKeys: foreignKeys.map((each: { fields: unknown }) => ({ ...each, fields: name(each.fields) })),
    }),
  };
}

/** Members of a field that say how its type is written, and mean nothing to another. */
const OF_TYPE = ['format', 'decimalChar', 'groupChar', 'bareNumber', 'trueValues', 'falseValues', 'delimiter'];
const OF_TYPE_TOO = [...OF_TYPE, 'itemType', 'categories', 'categoriesOrdered', 'example'];
const OPTIONS_OF_TYPE = ['format', 'precision', 'scale', 'valueLabels', 'normalise', 'maxLength'];
const KEPT_CONSTRAINTS = ['required', 'unique'];

/** The field with another type. What only the old one could have goes. */
export function withType(field: DeclaredField, type: string): DeclaredField {
  const { constraints = {}, openbulk = {}, ...rest } = field;
  const kept = Object.entries(rest).filter(([name]) => !OF_TYPE_TOO.includes(name));
  const options = Object.fromEntries(Object.entries(openbulk).filter(([name]) => !OPTIONS_OF_TYPE.includes(name)));
  const still = Object.fromEntries(Object.entries(constraints).filter(([name]) => KEPT_CONSTRAINTS.includes(name)));
  return withMembers(
    { ...Object.fromEntries(kept), name: field.name, type },
    { constraints: still, openbulk: options },
  );
}

/** The field with other members; those that are undefined or empty objects are dropped. */
export function withMembers(field: DeclaredField, changed: Readonly<Record<string, unknown>>): DeclaredField {
  return { ...defined({ ...field, ...changed }), name: field.name };
}

export function withConstraint(field: DeclaredField, name: string, value: unknown): DeclaredField {
  return withMembers(field, { constraints: defined({ ...field.constraints, [name]: value }) });
}

export function withOption(field: DeclaredField, name: string, value: unknown): DeclaredField {
  return withMembers(field, { openbulk: defined({ ...field.openbulk, [name]: value }) });
}

function defined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isThere = (value: unknown) =>
    value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(members).filter(([, value]) => isThere(value)));
}
