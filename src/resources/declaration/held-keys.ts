import { shown } from '../../task/errors.ts';
import { writtenText } from '../types/base-type.ts';
import { type Field, type ForeignKey, type ForeignKeyOptions, MISSING, type ResourceOptions } from './declaration.ts';
import { defined, readColumn } from './fields.ts';
import { described, type Members } from './members.ts';
import { at } from './problems.ts';

const OPTIONS = ['column', 'holds', 'missing', 'create'] as const;

/** How a table holds a reference, and what becomes of a line that names no record. @param key the foreign key */
export function readForeignKeyOptions(key: Members): ForeignKeyOptions | undefined {
  const members = key.object('openbulk');
  if (!members) return undefined;
  const [hasColumn, hasHolds] = [members.has('column'), members.has('holds')];
  const options = defined({
    column: readColumn(members, 'column'),
    holds: readColumn(members, 'holds'),
    missing: members.oneOf('missing', MISSING),
    create: readCreated(members),
  });
  // A slip is told as such.
  if (hasColumn !== hasHolds && members.names().length === 0)
    key.problem(
      'openbulk',
      `It has ${hasColumn ? 'column, and no holds' : 'holds, and no column'}.`,
      'Write both: "column" is of this table, and "holds" is the column of the other table whose value it has.',
    );
  members.refuseRest(OPTIONS);
  if (options.create && options.missing !== 'create')
    members.problem('create', 'Nothing is created.', 'Write "missing": "create", or remove create.');
  return options;
}

/** Cells by the names of fields, which only the other resource knows. */
function readCreated(options: Members): ForeignKeyOptions['create'] {
  const members = options.object('create');
  if (!members) return undefined;
  const cells: [string, unknown][] = [];
  for (const name of members.names()) {
    const value = members.take(name);
    if (value === undefined) continue;
    if (writtenText(value) !== undefined) cells.push([name, value]);
    else
      members.problem(name, `It is ${described(value)}.`, 'Write what a cell of a file would have, such as "unknown".');
  }
  return Object.fromEntries(cells);
}

/** What the foreign keys of a schema say must suit what the rest says. */
interface Surroundings {
  readonly foreignKeys: readonly ForeignKey[];
  readonly fields: readonly Field[];
  readonly primaryKey: readonly string[];
  readonly openbulk: ResourceOptions;
}

/** Tells where the options of foreign keys do not suit the table, or the fields. */
export function checkForeignKeys(schema: Members, around: Surroundings): void {
  /** Fields that are no columns of the table, with the index of their foreign key. */
  const held = new Map<string, number>();
  for (const [index, { fields, openbulk: options }] of around.foreignKeys.entries()) {
    if (!options) continue;
    const pointer = at(schema.at('foreignKeys'), index);
    checkPlace(schema, pointer, options, around.openbulk);
    if (options.column === undefined || around.openbulk.table === undefined) continue;
    for (const [place, name] of fields.entries()) {
      const other = held.get(name);
      if (other !== undefined)
        schema.report(
          at(`${pointer}/fields`, place),
          `Another foreign key has the field ${shown(name)}: /foreignKeys/${other}.`,
          'Give each of the two fields of its own.',
        );
      held.set(name, index);
      checkField(schema, around.fields, name);
    }
    checkKeyed(schema, pointer, { fields, options }, around.primaryKey);
    checkOneColumn(schema, pointer, { fields, column: options.column }, around.fields);
  }
}

/** Some options are for a table that exists, some for one of ours. */
function checkPlace(
  schema: Members,
  pointer: string,
  { column, missing }: ForeignKeyOptions,
  { table }: ResourceOptions,
): void {
  if (table === undefined && column !== undefined)
    schema.report(
      `${pointer}/openbulk/column`,
      'The options column and holds are for a table that exists already.',
      'Name the table in openbulk.table, or remove column and holds.',
    );
  if (table === undefined && column === undefined && missing !== undefined && missing !== 'reject')
    schema.report(
      `${pointer}/openbulk/missing`,
      'The table that is made for this resource refuses such lines.',
      'Remove missing, or write "reject".',
    );
  if (table !== undefined && column === undefined && missing !== undefined)
    schema.report(
      `${pointer}/openbulk/missing`,
      'The fields are columns of the table, so the table itself says what they can refer to.',
      'Remove missing. If another column holds the reference, name it in column, and what it holds in holds.',
    );
}

/** A field of a reference that another column holds. */
function checkField(schema: Members, fields: readonly Field[], name: string): void {
  const index = fields.findIndex((field) => field.name === name);
  const { column, unlisted } = fields[index]?.openbulk ?? {};
  const pointer = `${at(schema.at('fields'), index)}/openbulk`;
  if (column !== undefined)
    schema.report(
      `${pointer}/column`,
      `${shown(name)} is no column of the table: its foreign key says which column holds the reference.`,
      'Remove column.',
    );
  if (unlisted)
    schema.report(
      `${pointer}/unlisted`,
      `${shown(name)} is part of a reference, which lists show.`,
      'Remove unlisted.',
    );
}

/** One column holds all fields of a reference, so a key has all of them or none. */
function checkKeyed(
  schema: Members,
  pointer: string,
  { fields, options }: { readonly fields: readonly string[]; readonly options: ForeignKeyOptions },
  primaryKey: readonly string[],
): void {
  const keyed = fields.filter((name) => primaryKey.includes(name));
  if (keyed.length > 0 && keyed.length < fields.length)
    schema.problem(
      'primaryKey',
      `It has only some of the fields of a reference: ${fields.map(shown).join(', ')}.`,
      'Name all of them, or none.',
    );
  if (keyed.length > 0 && options.missing === 'null')
    schema.report(
      `${pointer}/openbulk/missing`,
      'The reference is part of the key, so no record can be without it.',
      'Write "reject" or "create".',
    );
}

/** Two fields of one file that write the same column would contradict each other. */
function checkOneColumn(
  schema: Members,
  pointer: string,
  { fields: own, column }: { readonly fields: readonly string[]; readonly column: string },
  fields: readonly Field[],
): void {
  const twin = fields.find(
    ({ name, openbulk }) => !own.includes(name) && (openbulk.column ?? name) === column && !openbulk.readOnly,
  );
  if (!twin) return;
  schema.report(
    `${pointer}/openbulk/column`,
    `The field ${shown(twin.name)} has the column ${shown(column)} as well.`,
    'Remove that field, or write "readOnly": true in its openbulk.',
  );
}
