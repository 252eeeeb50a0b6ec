import { shown } from '../../task/errors.ts';
import { isResourceName } from '../../task/permissions.ts';
import { fieldType } from '../types/field-type.ts';
import { type Declaration, FIELDS_MATCH, type Field, type ResourceOptions } from './declaration.ts';
import { defined, readFields, readMissingValues } from './fields.ts';
import { checkForeignKeys } from './held-keys.ts';
import { checkKey, readFieldNames, readForeignKeys, readUniqueKeys } from './keys.ts';
import { isObject, Members } from './members.ts';
import { OUR_COLUMNS, resourceName } from './names.ts';
import { readResourceOptions } from './options.ts';
import { at, type Problem, Problems } from './problems.ts';
import { isBounded, readText } from './text.ts';

/** A declaration, with what is most likely not meant in it; or all that is wrong with it, the first 200 things. */
export type Parsed =
  | { readonly declaration: Declaration; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

/**
 * Reads a declaration (docs/declarations.md): Table Schema v2 or v1, with an `openbulk` member. Whatever it is given, it never throws.
 *
 * @param source its JSON or YAML, or its value
 * @param file what its file is called, of which a name is made where it has none
 */
export function parseDeclaration(source: unknown, file?: string): Parsed {
  const problems = new Problems();
  const value =
    typeof source === 'string' ? readText(source, problems) : isBounded(source, problems) ? source : undefined;
  if (problems.list.length > 0) return { problems: problems.list };
  if (!isObject(value)) {
    problems.add('', 'The declaration must be an object.', 'Write a Table Schema: {"fields": […], "primaryKey": …}.');
    return { problems: problems.list };
  }
  const declaration = readSchema(new Members(value, '', problems), problems, file);
  const { list, warnings } = problems;
  // What is wrong may be for a slip.
  return declaration && list.length === 0 ? { declaration, warnings } : { problems: [...list, ...warnings] };
}

function readSchema(schema: Members, problems: Problems, file: string | undefined): Declaration | undefined {
  const fields = readFields(schema);
  const before = problems.list.length;
  const missingValues = readMissingValues(schema) ?? [{ value: '' }];
  const primaryKey = readFieldNames(schema, 'primaryKey', fields) ?? [];
  const uniqueKeys = readUniqueKeys(schema, fields);
  const foreignKeys = readForeignKeys(schema, fields);
  const members = schema.object('openbulk');
  const own = members?.text('name', { most: 200 });
  const openbulk: ResourceOptions = members ? readResourceOptions(members, fields) : {};
  if (fields.length > 0 && before === problems.list.length) checkKey(schema, { primaryKey, openbulk, fields });
  checkForeignKeys(schema, { foreignKeys, fields, primaryKey, openbulk });
  checkOperations(schema, openbulk);
  if (openbulk.table === undefined) refuseOurColumns(schema, fields);
  for (const [index, field] of fields.entries()) checkType(field, at('/fields', index), problems);
  const fieldsMatch = schema.oneOf('fieldsMatch', FIELDS_MATCH) ?? 'subset';
  const about = defined({
    $schema: schema.text('$schema', { blank: true }),
    title: schema.text('title', { blank: true }),
    description: schema.text('description', { blank: true, most: 100_000 }),
  });
  schema.warnOfSlips(MEMBERS);
  const custom = schema.rest();
  const name = own === undefined ? defaultName(schema, custom, file) : checkedName(schema, own);
  if (name === undefined) return undefined;
  return { name, ...about, fields, fieldsMatch, missingValues, primaryKey, uniqueKeys, foreignKeys, openbulk, custom };
}

/** Members of a schema that the standard has, and ours. */
const MEMBERS = [
  ...['fields', 'primaryKey', 'uniqueKeys', 'foreignKeys', 'missingValues', 'fieldsMatch', 'title', 'description'],
  ...['$schema', 'openbulk'],
];

function checkedName(schema: Members, name: string): string | undefined {
  if (isResourceName(name)) return name;
  const made = resourceName(name);
  const advice = `Use lowercase letters, digits and hyphens, at most 50 characters${made === undefined ? '' : `, such as ${made}`}.`;
  return schema.report('/openbulk/name', `${shown(name)} is not a valid resource name.`, advice);
}

/** As the schema's own member, which the standard does not know, or the file is called. */
function defaultName(schema: Members, { name }: Declaration['custom'], file: string | undefined): string | undefined {
  const made =
    (typeof name === 'string' ? resourceName(name) : undefined) ??
    (file === undefined ? undefined : resourceName(file));
  return (
    made ??
    schema.report(
      '/openbulk/name',
      'The resource has no name.',
      'Add "openbulk": {"name": "customers"}, or give the file that name.',
    )
  );
}

/** What cannot be done to it, for want of something. */
function checkOperations(schema: Members, { operations = [], document, key }: ResourceOptions): void {
  const wanting = (index: number, message: string, advice: string) =>
    schema.report(at('/openbulk/operations', index), message, advice);
  for (const [index, operation] of operations.entries()) {
    if (operation === 'patch' && (!document || !key?.separate)) {
      wanting(
        index,
        'The operation patch needs a document column and separate keys.',
        'Declare openbulk.document and openbulk.key.separate, or remove patch.',
      );
    }
  }
}

/** A table that is made for the resource has columns of ours beside its own. */
function refuseOurColumns(schema: Members, fields: readonly Field[]): void {
  for (const [index, { openbulk }] of fields.entries()) {
    if (openbulk.column === undefined || !OUR_COLUMNS.includes(openbulk.column)) continue;
    const message = `Every table that is made for a resource already has a column ${shown(openbulk.column)}.`;
    schema.report(
      `/fields/${index}/openbulk/column`,
      message,
      'Choose another column name. The field can keep its name.',
    );
  }
}

/** Whatever can only be told by making the field's checks. */
function checkType(field: Field, pointer: string, problems: Problems): void {
  fieldType(field, (member, message, advice) => problems.add(`${pointer}${member}`, message, advice));
}
