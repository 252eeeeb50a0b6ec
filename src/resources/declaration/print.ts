import type { Declaration, Field, MissingValue } from './declaration.ts';

/** The JSON of a declaration as Table Schema v2, with two blanks a level; `parseDeclaration` makes the same of it. */
export function printDeclaration(declaration: Declaration): string {
  const { name, $schema, title, description, fields, fieldsMatch, missingValues, openbulk, custom } = declaration;
  const { primaryKey, uniqueKeys, foreignKeys } = declaration;
  const schema = {
    ...own({ $schema, title, description }),
    fields: fields.map(field),
    fieldsMatch,
    missingValues: missing(missingValues),
    ...(primaryKey.length > 0 && { primaryKey }),
    ...(uniqueKeys.length > 0 && { uniqueKeys }),
    ...(foreignKeys.length > 0 && { foreignKeys }),
    openbulk: { name, ...openbulk },
  };
  return `${JSON.stringify(withCustom(schema, custom), undefined, 2)}\n`;
}

function field({ missingValues, constraints, openbulk, custom, ...members }: Field): object {
  const printed = {
    ...members,
    ...(missingValues && { missingValues: missing(missingValues) }),
    ...(Object.keys(constraints).length > 0 && { constraints }),
    ...(Object.keys(openbulk).length > 0 && { openbulk }),
  };
  return withCustom(printed, custom);
}

/** As texts, where none has a label. */
function missing(values: readonly MissingValue[]): readonly (string | MissingValue)[] {
  return values.every(({ label }) => label === undefined) ? values.map(({ value }) => value) : values;
}

function own(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Not by spreading, which would set a member called __proto__. */
function withCustom(members: object, custom: Declaration['custom']): object {
  return Object.fromEntries([...Object.entries(members), ...Object.entries(custom)]);
}
