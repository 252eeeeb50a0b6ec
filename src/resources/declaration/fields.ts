import { shown } from '../../task/errors.ts';
import {
  type Category,
  type Constraints,
  FIELD_TYPES,
  type Field,
  type FieldOptions,
  ITEM_TYPES,
  type MissingValue,
  NORMALISATIONS,
  OWN_FORMATS,
} from './declaration.ts';
import { described, isObject, type Members } from './members.ts';
import { MAX_NAME_BYTES, pathOf, SYSTEM_COLUMNS, sameName } from './names.ts';
import { at } from './problems.ts';

/** PostgreSQL has 1,600 columns a table at most, and some are ours. */
const MAX_FIELDS = 1_500;
const MAX_FIELD_NAME = 256;
/** Each cell is compared with them. */
const MAX_MISSING = 100;
const MAX_VALUES = 10_000;

/** The fields of a schema, those that can be read. */
export function readFields(schema: Members): Field[] {
  if (!schema.has('fields')) return missingFields(schema);
  const given = schema.array('fields');
  if (!given) return [];
  if (given.length === 0)
    schema.problem('fields', 'It has no fields.', 'Declare a field for each column, {"name": …, "type": …}.');
  if (given.length > MAX_FIELDS) {
    const message = `It has ${given.length} fields; the limit is ${MAX_FIELDS}, since a PostgreSQL table has at most 1,600 columns.`;
    schema.problem('fields', message, 'Split the table, or combine some columns in a field of type object.');
    return [];
  }
  const pointer = schema.at('fields');
  const fields = given.flatMap((value, index) => {
    const members = schema.objectOf(value, at(pointer, index));
    return members ? (readField(members) ?? []) : [];
  });
  refuseDoubles(schema, given, fields);
  return fields;
}

function missingFields(schema: Members): [] {
  const advice = isObject(schema.take('schema'))
    ? 'This is a Data Resource: submit only its member "schema".'
    : 'Declare a field for each column, {"fields": [{"name": …, "type": …}]}.';
  schema.problem('fields', 'It has no fields.', advice);
  return [];
}

function readField(members: Members): Field | undefined {
  const isNamed = members.has('name');
  const name = members.text('name', { most: MAX_FIELD_NAME });
  const isTyped = members.has('type');
  const given = members.text('format')?.replace(/^fmt:/, '');
  const format = given === 'default' ? undefined : given;
  // Without a type, v1 means text, v2 anything, and only of text there is a format.
  const type = members.oneOf('type', FIELD_TYPES) ?? (format !== undefined && !isTyped ? 'string' : 'any');
  const constraints = readConstraints(members);
  const options = readOptions(members);
  const field = {
    type,
    ...defined({
      format,
      title: members.text('title', { blank: true }),
      description: members.text('description', { blank: true, most: 100_000 }),
      example: members.take('example'),
      rdfType: members.text('rdfType', { blank: true }),
      missingValues: readMissingValues(members),
      categories: readCategories(members),
      categoriesOrdered: members.flag('categoriesOrdered'),
      decimalChar: members.text('decimalChar', { most: 8 }),
      groupChar: members.text('groupChar', { most: 8, blank: true }) || undefined,
      bareNumber: members.flag('bareNumber'),
      trueValues: members.texts('trueValues', { most: 64 }),
      falseValues: members.texts('falseValues', { most: 64 }),
      delimiter: members.text('delimiter', { most: 8 }),
      itemType: members.oneOf('itemType', ITEM_TYPES),
    }),
    constraints,
    openbulk: options,
  };
  if (name === undefined) {
    return isNamed ? undefined : members.problem('name', 'The field has no name.', 'Write the header of its column.');
  }
  if (sameName(name) === '')
    return members.problem('name', 'The name has no visible characters.', 'Write the header of its column.');
  if (name.trim() !== name)
    members.problem(
      'name',
      `${shown(name)} starts or ends with a space.`,
      'Remove the space: spaces around a header are ignored.',
    );
  if (name.split('.').includes('__proto__'))
    members.problem('name', `${shown(name)} is a reserved name.`, 'Rename it.');
  members.warnOfSlips(MEMBERS, { constraints: CONSTRAINTS });
  return { name, ...field, custom: members.rest() };
}

/** Members of a field that the standard has, and ours. */
const MEMBERS = [
  ...['name', 'type', 'format', 'title', 'description', 'example', 'rdfType', 'missingValues', 'constraints'],
  ...['categories', 'categoriesOrdered', 'decimalChar', 'groupChar', 'bareNumber', 'trueValues', 'falseValues'],
  ...['delimiter', 'itemType', 'openbulk'],
];

/** Without the members that are not given. */
export function defined<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function readConstraints(field: Members): Constraints {
  const members = field.object('constraints');
  if (!members) return {};
  const constraints = defined({
    required: members.flag('required'),
    unique: members.flag('unique'),
    minLength: members.count('minLength', 0),
    maxLength: members.count('maxLength', 0),
    minimum: members.take('minimum'),
    maximum: members.take('maximum'),
    exclusiveMinimum: members.take('exclusiveMinimum'),
    exclusiveMaximum: members.take('exclusiveMaximum'),
    pattern: members.text('pattern'),
    enum: members.array('enum'),
    jsonSchema: readJsonSchema(members),
  });
  if (constraints.enum?.length === 0) members.problem('enum', 'It allows no values.', 'List the values, or remove it.');
  if (constraints.enum && constraints.enum.length > MAX_VALUES)
    members.problem('enum', `It has ${constraints.enum.length} values.`, `List at most ${MAX_VALUES}.`);
  // Custom properties are legal of schemas and fields; of constraints, a name that is not known is one that nobody checks.
  members.refuseRest(CONSTRAINTS);
  return constraints;
}

const CONSTRAINTS = [
  ...['required', 'unique', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['pattern', 'enum', 'jsonSchema'],
];

function readJsonSchema(members: Members): Readonly<Record<string, unknown>> | boolean | undefined {
  const value = members.take('jsonSchema');
  if (value === undefined || typeof value === 'boolean') return value;
  if (isObject(value)) return value as Record<string, unknown>;
  return members.problem('jsonSchema', `It is ${described(value)}.`, 'Write a JSON Schema, an object.');
}

/** Missing values of a schema or a field: texts, or objects with a value and a label. */
export function readMissingValues(members: Members): MissingValue[] | undefined {
  const given = members.array('missingValues');
  if (!given) return undefined;
  const pointer = members.at('missingValues');
  if (given.length > MAX_MISSING) {
    members.problem(
      'missingValues',
      `There are ${given.length} missing values.`,
      `List at most ${MAX_MISSING}: each cell is compared with them.`,
    );
    return undefined;
  }
  return given.flatMap((entry, index) => {
    if (typeof entry === 'string') return { value: entry };
    const labelled = members.objectOf(entry, at(pointer, index));
    const value = labelled?.text('value', { blank: true, most: 1_000 });
    const label = labelled?.text('label', { blank: true, most: 1_000 });
    return value === undefined ? [] : { value, ...(label !== undefined && { label }) };
  });
}

function readCategories(members: Members): Category[] | undefined {
  const given = members.array('categories');
  if (!given) return undefined;
  const pointer = members.at('categories');
  if (given.length === 0 || given.length > MAX_VALUES)
    members.problem('categories', `There are ${given.length} categories.`, `List 1 to ${MAX_VALUES}.`);
  return given.flatMap((entry, index) => {
    if (!isObject(entry)) return { value: entry };
    const labelled = members.objectOf(entry, at(pointer, index));
    const value = labelled?.take('value');
    const label = labelled?.text('label', { blank: true, most: 1_000 });
    if (value === undefined) return labelled?.problem('value', 'The category has no value.', 'Write its value.') ?? [];
    return { value, ...(label !== undefined && { label }) };
  });
}

const FIELD_OPTIONS = [
  ...[
    'column',
    'format',
    'maxLength',
    'precision',
    'scale',
    'labels',
    'descriptions',
    'aliases',
    'examples',
    'readOnly',
    'unlisted',
  ],
  ...['normalise', 'shown', 'valueLabels'],
];

function readOptions(field: Members): FieldOptions {
  const members = field.object('openbulk');
  if (!members) return {};
  const options = defined({
    column: readColumn(members, 'column'),
    format: members.oneOf('format', OWN_FORMATS),
    maxLength: members.count('maxLength', 1, 1_000_000),
    precision: members.count('precision', 1, 1_000),
    scale: members.count('scale', 0, 1_000),
    labels: members.byLanguage('labels'),
    descriptions: members.byLanguage('descriptions'),
    aliases: members.texts('aliases', { most: MAX_FIELD_NAME }),
    examples: readExamples(members, 'examples'),
    readOnly: members.flag('readOnly') || undefined,
    unlisted: members.flag('unlisted') || undefined,
    normalise: members.words('normalise', NORMALISATIONS),
    shown: members.flag('shown') || undefined,
    valueLabels: readValueLabels(members),
  });
  if (options.precision !== undefined && (options.scale ?? 0) > options.precision)
    members.problem(
      'scale',
      `The scale ${options.scale} is greater than the precision ${options.precision}.`,
      'The scale is the number of digits after the decimal point, the precision the number of all digits.',
    );
  if (options.scale !== undefined && options.precision === undefined)
    members.problem('precision', 'A scale needs a precision.', 'Add the precision: the number of all digits.');
  members.refuseRest(FIELD_OPTIONS);
  return options;
}

function readValueLabels(options: Members): FieldOptions['valueLabels'] {
  const members = options.object('valueLabels');
  if (!members) return undefined;
  return Object.fromEntries(
    members.names().flatMap((value) => {
      const labels = members.byLanguage(value);
      return labels ? [[value, labels] as const] : [];
    }),
  );
}

/** Cells of two rows. */
export function readExamples(members: Members, name: string): readonly [string, string] | undefined {
  const given = members.texts(name, { blank: true });
  if (!given) return undefined;
  const [first, second] = given;
  if (first !== undefined && second !== undefined && given.length === 2) return [first, second];
  return members.problem(
    name,
    `There are ${given.length} examples.`,
    'Write two, one for each row of the sample file; "" is a blank cell.',
  );
}

/** The name of a column or another thing in the database, as it is there. */
export function readColumn(members: Members, name: string): string | undefined {
  const column = members.text(name);
  if (column === undefined) return undefined;
  if (Buffer.byteLength(column) > MAX_NAME_BYTES)
    return members.problem(
      name,
      `${shown(column)} has more than ${MAX_NAME_BYTES} bytes.`,
      `PostgreSQL truncates names after ${MAX_NAME_BYTES} bytes: choose a shorter one.`,
    );
  return column;
}

/** Names that only case, invisible characters or Unicode's form tell apart; and those that are part of another's path. */
function refuseDoubles(schema: Members, given: readonly unknown[], fields: readonly Field[]): void {
  const pointers = new Map(
    fields.map((field) => [field, at(at(schema.at('fields'), placeOf(given, field, fields)), 'name')]),
  );
  const seen = new Map<string, Field>();
  for (const field of fields) {
    const other = seen.get(sameName(field.name));
    if (other) {
      const difference = other.name === field.name ? '' : ' apart from case or Unicode form';
      schema.report(
        pointers.get(field) as string,
        `Another field is also named ${shown(field.name)}${difference}.`,
        'Rename one: the header of a file must identify the field.',
      );
    } else seen.set(sameName(field.name), field);
  }
  const columns = new Map<string, Field>();
  for (const field of fields) {
    const { column } = field.openbulk;
    if (column === undefined) continue;
    const pointer = `${(pointers.get(field) as string).replace(/\/name$/, '')}/openbulk/column`;
    const other = columns.get(column);
    if (other)
      schema.report(
        pointer,
        `${shown(other.name)} also has the column ${shown(column)}.`,
        'Give each field its own column.',
      );
    else if (SYSTEM_COLUMNS.includes(column))
      schema.report(pointer, `Every PostgreSQL table has a system column ${shown(column)}.`, 'Choose another name.');
    columns.set(column, field);
  }
  const parents = new Set(fields.flatMap(({ name }) => parentsOf(name)));
  for (const field of fields) {
    if (!parents.has(field.name)) continue;
    schema.report(
      pointers.get(field) as string,
      `${shown(field.name)} would be both a value and an object, since another field's name continues it after a dot.`,
      'Rename one: a dot starts a nested object.',
    );
  }
}

function placeOf(given: readonly unknown[], field: Field, fields: readonly Field[]): number {
  if (given.length === fields.length) return fields.indexOf(field);
  const place = fields.filter(({ name }) => name === field.name).indexOf(field);
  const places = given.flatMap((value, index) =>
    isObject(value) && 'name' in value && value.name === field.name ? [index] : [],
  );
  return places[place] ?? 0;
}

function parentsOf(name: string): string[] {
  const parts = pathOf(name);
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}
