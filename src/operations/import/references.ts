import { type Column, type Key, keyText, type Resource } from '../../resources/resource.ts';
import { type Reference, referencesOf } from '../../resources/tables/constraints.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { shown, TaskError } from '../../task/errors.ts';
import type { LineError } from '../../task/line-reasons.ts';
import * as reasons from '../../task/line-reasons.ts';
import { findResource } from '../catalogue.ts';
import { normaliserOf } from './normalise.ts';

/** A foreign key, and the key of the resource that it refers to, as it is in force. */
export interface KnownReference extends Reference {
  readonly key: Key;
}

/** What a resource refers to. @throws TaskError `table_changed` when it is not there any more */
export async function knownReferences(
  db: Queryable,
  organizationId: string,
  resource: Resource,
): Promise<KnownReference[]> {
  const known: KnownReference[] = [];
  for (const reference of referencesOf(resource)) {
    const name = reference.resource ?? resource.name;
    const found = name === resource.name ? resource : await findResource(db, organizationId, name);
    if (!found)
      throw new TaskError('table_changed', `The resource ${name}, to which ${resource.name} refers, was removed.`);
    known.push({ ...reference, key: found.key });
  }
  return known;
}

/** A reference that the columns of a file make. */
export interface GivenReference {
  /** As statements have it. */
  readonly column: string;
  /** The key of the record that a line refers to; null when it refers to none. */
  readonly keyOf: (values: readonly (string | null)[]) => string | null;
  /** The first of its fields without a value, where others have one. */
  readonly lacks: (values: readonly (string | null)[]) => string | undefined;
}

/**
 * The references that some columns make: those of which they have all fields.
 *
 * @throws TaskError `missing_column` when they have only some of them
 */
export function compileReferences(references: readonly KnownReference[], columns: readonly Column[]): GivenReference[] {
  return references.flatMap((reference) => {
    const { fields, targets, key, column } = reference;
    if (!hasFields(fields, columns)) return [];
    const given = fields.map((field) => columns.findIndex(({ name }) => name === field));
    const inOrder = key.columns.map((target) => given[targets.indexOf(target)] as number);
    const lacks: GivenReference['lacks'] = (values) => {
      const blank = fields.filter((_, at) => values[given[at] as number] === null);
      return blank.length < fields.length ? blank[0] : undefined;
    };
    return [{ column, keyOf: keyOf(key, inOrder), lacks }];
  });
}

/** Whether a file has the fields of a reference. @throws TaskError `missing_column` when it has only some of them */
function hasFields(fields: readonly string[], columns: readonly Column[]): boolean {
  const missing = fields.filter((field) => !columns.some(({ name }) => name === field));
  if (missing.length === 0 || missing.length === fields.length) return missing.length === 0;
  const message = `The file lacks ${missing.map(shown).join(', ')}: ${fields.join(', ')} refer to a record together. Add the columns, or leave all of them out.`;
  throw new TaskError('missing_column', message);
}

/** What is wrong with a line that has only some of the values of a reference. */
type WholeCheck = (values: readonly (string | null)[]) => LineError | undefined;

/**
 * Checks the references that a table holds in another column than their fields: of such a one there is no half.
 *
 * @throws TaskError `missing_column` when the file has only some of their fields
 */
export function compileWholeness({ adopted }: Resource, columns: readonly Column[]): WholeCheck {
  const several = (adopted?.references ?? [])
    .filter(({ fields }) => hasFields(fields, columns) && fields.length > 1)
    .map(({ fields }) => ({
      fields,
      indices: fields.map((field) => columns.findIndex(({ name }) => name === field)),
    }));
  return (values) => {
    for (const { fields, indices } of several) {
      const blank = indices.filter((index) => values[index] === null).length;
      if (blank === 0 || blank === fields.length) continue;
      return reasons.incompleteReference(
        fields,
        indices.findIndex((index) => values[index] === null),
      );
    }
    return undefined;
  };
}

/** @param indices of the values, in the order of the key's columns */
function keyOf(key: Key, indices: readonly number[]): GivenReference['keyOf'] {
  const told = normaliserOf(key);
  const textOf = (value: string | null | undefined) => (value == null ? '' : told(value));
  if (!key.together) return (values) => textOf(values[indices[0] as number]) || null;
  return (values) => {
    const texts = indices.map((index) => textOf(values[index]));
    return texts.includes('') ? null : keyText(texts);
  };
}
