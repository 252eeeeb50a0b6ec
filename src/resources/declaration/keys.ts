import { shown } from '../../task/errors.ts';
import type { Field, ForeignKey, ResourceOptions } from './declaration.ts';
import { readForeignKeyOptions } from './held-keys.ts';
import type { Members } from './members.ts';
import { nearest } from './nearest.ts';
import { at } from './problems.ts';

/** Columns of a key: PostgreSQL's indexes have 32 at most. */
const MAX_COLUMNS = 32;
const MAX_KEYS = 100;

/** Columns that name fields, each once. */
export function readFieldNames(members: Members, name: string, fields: readonly Field[]): string[] | undefined {
  const names = members.texts(name);
  if (!names) return undefined;
  checkNames(members, members.at(name), names, fields);
  return names;
}

function checkNames(members: Members, pointer: string, names: readonly string[], fields: readonly Field[]): void {
  const known = fields.map((field) => field.name);
  if (names.length > MAX_COLUMNS)
    members.report(pointer, `It has ${names.length} fields.`, `Name at most ${MAX_COLUMNS}.`);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index)
      members.report(at(pointer, index), `It names ${shown(name)} twice.`, 'Name each field once.');
    if (known.includes(name)) continue;
    const similar = nearest(name, known);
    members.report(
      at(pointer, index),
      `No field is named ${shown(name)}.`,
      similar ? `Did you mean ${shown(similar)}?` : 'Write the name of a declared field.',
    );
  }
}

export function readUniqueKeys(schema: Members, fields: readonly Field[]): string[][] {
  const given = schema.array('uniqueKeys') ?? [];
  const pointer = schema.at('uniqueKeys');
  if (given.length > MAX_KEYS)
    return schema.problem('uniqueKeys', `There are ${given.length} unique keys.`, `Declare at most ${MAX_KEYS}.`) ?? [];
  return given.flatMap((entry, index) => {
    const names = typeof entry === 'string' ? [entry] : entry;
    if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
      return (
        schema.report(
          at(pointer, index),
          'It must be a list of field names.',
          'Write the names of its fields, such as ["a", "b"].',
        ) ?? []
      );
    }
    checkNames(schema, at(pointer, index), names, fields);
    return [names];
  });
}

export function readForeignKeys(schema: Members, fields: readonly Field[]): ForeignKey[] {
  const given = schema.array('foreignKeys') ?? [];
  const pointer = schema.at('foreignKeys');
  if (given.length > MAX_KEYS)
    return (
      schema.problem('foreignKeys', `There are ${given.length} foreign keys.`, `Declare at most ${MAX_KEYS}.`) ?? []
    );
  return given.flatMap((entry, index) => {
    const members = schema.objectOf(entry, at(pointer, index));
    return members ? (readForeignKey(members, fields) ?? []) : [];
  });
}

function readForeignKey(members: Members, fields: readonly Field[]): ForeignKey | undefined {
  const own = readFieldNames(members, 'fields', fields);
  const reference = members.object('reference');
  const resource = reference?.text('resource', { blank: true }) || undefined;
  const theirs = reference?.texts('fields');
  if (!own)
    members.problem(
      'fields',
      'The foreign key has no fields.',
      'Name the fields of this resource that refer to another.',
    );
  if (!reference)
    return members.problem(
      'reference',
      'The foreign key has no reference.',
      'Write {"resource": …, "fields": […]}. Without a resource, it refers to this one.',
    );
  if (!theirs)
    return reference.problem('fields', 'The reference has no fields.', 'Name the fields of the other resource.');
  if (!own) return undefined;
  if (own.length !== theirs.length)
    return reference.problem(
      'fields',
      `It has ${theirs.length} fields, but the foreign key has ${own.length}.`,
      'Name the same number on both sides, in the same order.',
    );
  if (resource === undefined) checkNames(reference, reference.at('fields'), theirs, fields);
  const openbulk = readForeignKeyOptions(members);
  members.warnOfSlips(['fields', 'reference', 'openbulk'], { openbulk: ['column', 'holds', 'missing', 'create'] });
  return {
    fields: own,
    reference: { ...(resource !== undefined && { resource }), fields: theirs },
    ...(openbulk && { openbulk }),
  };
}

/** Tells where nothing, or too much, says what a record's key is; or where what does cannot be one. */
export function checkKey(
  schema: Members,
  {
    primaryKey,
    openbulk,
    fields,
  }: { primaryKey: readonly string[]; openbulk: ResourceOptions; fields: readonly Field[] },
): void {
  const ways = [
    primaryKey.length > 0 && 'primaryKey',
    openbulk.key?.firstOf && 'openbulk.key.firstOf',
    openbulk.key?.separate && 'openbulk.key.separate',
  ].filter((way) => typeof way === 'string');
  if (ways.length === 0) {
    const [first] = fields.filter(({ constraints }) => constraints.unique && constraints.required);
    const example = (first ?? fields.find(({ constraints }) => constraints.required) ?? fields[0])?.name ?? 'id';
    const advice = `Add "primaryKey": ${JSON.stringify(example)}, or the names of the fields that together identify a record.`;
    schema.problem('primaryKey', 'The declaration has no primary key.', advice);
  }
  if (ways.length > 1) schema.problem('primaryKey', `${ways.join(' and ')} both declare the key.`, 'Keep one of them.');
  for (const name of [...primaryKey, ...(openbulk.key?.firstOf ?? []), ...(openbulk.key?.separate ?? [])]) {
    const index = fields.findIndex((field) => field.name === name);
    const field = fields[index];
    if (!field) continue;
    const pointer = at(schema.at('fields'), index);
    if (field.openbulk.readOnly || field.openbulk.unlisted) {
      schema.report(
        `${pointer}/openbulk`,
        `${shown(name)} is part of the key, but cannot be imported.`,
        'Remove it from the key, or remove readOnly and unlisted.',
      );
    }
    if (UNKEYED.includes(field.type) || (field.type === 'string' && field.format === 'binary')) {
      schema.report(
        `${pointer}/type`,
        `A key cannot be of type ${field.type}${field.format ? ` (${field.format})` : ''}.`,
        'Choose fields with a single short value, such as text, numbers or dates.',
      );
    }
  }
}

const UNKEYED: readonly string[] = ['list', 'object', 'array', 'geojson', 'geopoint'];
