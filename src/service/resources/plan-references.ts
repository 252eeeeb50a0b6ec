import { shipped } from '../../operations/catalogue.ts';
import type { Column, Resource } from '../../resources/resource.ts';
import { compileStored } from '../../resources/stored.ts';
import {
  constraintsOf,
  type Reference,
  referencesOf,
  type TableConstraint,
  uniqueValuesOf,
} from '../../resources/tables/constraints.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import { findInForce } from '../../store/resources/declared-resources.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';

/** Types of which PostgreSQL has no order, or values that are too large for an index. */
const NOT_UNIQUE: readonly string[] = ['jsonb', 'bytea'];

/** A resource whose table is planned. */
interface Constrained {
  readonly resource: Resource;
  /** Its name, as the catalogue has it. */
  readonly table: string;
  /** Resources, by name, that will be in force before it. */
  readonly pending?: ReadonlyMap<string, Resource> | undefined;
}

/**
 * The constraints that the table of a resource needs: what is unique, and the records of other resources that it refers to.
 *
 * @throws ServiceError `invalid` with everything that cannot be one
 */
export async function planConstraints(
  db: Queryable,
  owner: string | null,
  { resource, table, pending }: Constrained,
): Promise<TableConstraint[]> {
  const problems = [...findNotUnique(resource), ...findBesideOpen(resource)];
  const tables = new Map<string | undefined, string>([[undefined, resource.table]]);
  for (const [index, reference] of referencesOf(resource).entries()) {
    const found = await findTarget(db, owner, { resource, pending }, reference);
    const wrong = whatIsWrong(resource, reference, found);
    if (wrong) problems.push({ field: `declaration/foreignKeys/${index}${wrong.at}`, message: wrong.message });
    if (found) tables.set(reference.resource, found.table);
  }
  if (problems.length > 0) throw new ServiceError('invalid', 'The declaration is not valid.', problems);
  return constraintsOf(resource, table, ({ resource: name }) => tables.get(name) as string);
}

function* findNotUnique(resource: Resource): Generator<Problem> {
  for (const { fields } of uniqueValuesOf(resource)) {
    const column = resource.columns.find(({ name, type }) => fields.includes(name) && NOT_UNIQUE.includes(type.sql));
    if (!column) continue;
    const index = resource.declaration.fields.findIndex(({ name }) => name === column.name);
    const message = `Values of ${column.name} cannot be unique: they are too large for an index. Remove the constraint.`;
    yield { field: `declaration/fields/${index}`, message };
  }
}

/** Members of open columns are merged, which only a set can do, and constraints need one line after the other. */
function* findBesideOpen(resource: Resource): Generator<Problem> {
  if (!resource.open || (uniqueValuesOf(resource).length === 0 && referencesOf(resource).length === 0)) return;
  const message = 'A resource with open columns cannot have unique or foreign keys. Remove openbulk.open, or the keys.';
  yield { field: 'declaration/openbulk/open', message };
}

/** The resource that a foreign key refers to, as it is in force; one that this owner can see. */
export async function findTarget(
  db: Queryable,
  owner: string | null,
  { resource, pending }: Pick<Constrained, 'resource' | 'pending'>,
  { resource: name }: Pick<Reference, 'resource'>,
): Promise<Resource | undefined> {
  if (name === undefined || name === resource.name) return resource;
  const own = pending?.get(name) ?? shipped.find(name);
  if (own) return own;
  const stored = (owner !== null && (await findInForce(db, owner, name))) || (await findInForce(db, null, name));
  return stored ? compileStored(stored) : undefined;
}

interface Wrong {
  /** Where in the foreign key. */
  readonly at: string;
  readonly message: string;
}

function whatIsWrong(
  { columns }: Resource,
  { fields, targets, resource: name }: Reference,
  found: Resource | undefined,
): Wrong | undefined {
  if (!found) {
    return {
      at: '/reference/resource',
      message: `There is no resource ${name}. Declare it first, or correct the name. Of two that refer to each other, declare one without its foreign key first.`,
    };
  }
  const { key } = found;
  if (found.adopted) {
    const message = `${found.name} uses an existing table, to which no other can refer. Remove the foreign key.`;
    return { at: '/reference/resource', message };
  }
  if (found.declaration.primaryKey.length === 0) {
    return {
      at: '/reference/resource',
      message: `${found.name} has no primaryKey to refer to. Remove the foreign key.`,
    };
  }
  if (targets.toSorted().join('\0') !== key.columns.toSorted().join('\0')) {
    const message = `It must refer to the primary key of ${found.name}: ${key.columns.join(', ')}.`;
    return { at: '/reference/fields', message };
  }
  const typeOf = (all: readonly Column[], field: string) => all.find((column) => column.name === field)?.type.sql;
  const at = fields.findIndex(
    (field, index) => typeOf(columns, field) !== typeOf(found.columns, targets[index] as string),
  );
  if (at < 0) return undefined;
  return {
    at: `/fields/${at}`,
    message: `${fields[at]} is not of the type of ${targets[at]} of ${found.name}. Declare the same type.`,
  };
}
