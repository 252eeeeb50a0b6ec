import { createHash } from 'node:crypto';
import { shipped } from '../../operations/catalogue.ts';
import { adoptedPlace, compileResource } from '../../resources/compile.ts';
import type { Declaration } from '../../resources/declaration/declaration.ts';
import { printDeclaration } from '../../resources/declaration/print.ts';
import type { Resource } from '../../resources/resource.ts';
import { compileStored } from '../../resources/stored.ts';
import { type Change, type PresentTable, planTable, RECORDS_SCHEMA } from '../../resources/tables/plan-table.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import {
  countVersions,
  findInForce,
  ownersOfName,
  type StoredDeclaration,
} from '../../store/resources/declared-resources.ts';
import {
  countColumnsEver,
  countLosses,
  countRecords,
  countRepeated,
  readColumns,
  readConstraints,
} from '../../store/resources/record-tables.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';
import { planAdopted } from './adopt/plan-adopted.ts';
import { findHeldReferences } from './adopt/plan-held.ts';
import { inItsDatabase, prepareDatabase } from './adopt/table-database.ts';
import { planConstraints } from './plan-references.ts';
import { type GivenDeclaration, readDeclaration } from './read-declaration.ts';

/** Whose resource it is: an organization's, or, with null, every organization's. */
export type Owner = string | null;

/** What a declaration would change. */
export interface ResourcePlan {
  readonly name: string;
  /** Differs for every plan: only the plan that was seen is applied. */
  readonly hash: string;
  /** `none`: the resource is as declared already. */
  readonly action: 'create' | 'change' | 'none';
  /** SQL, in the order in which it runs. */
  readonly statements: readonly string[];
  /** Columns of which values would be removed, and from how many records. */
  readonly losses: readonly { readonly column: string; readonly records: number }[];
  /** What is good to know of a table that it adopts, as sentences. */
  readonly remarks: readonly string[];
  /** What the declaration has that is legal, and most likely not meant. */
  readonly warnings: readonly Problem[];
}

/** Where the records of a resource are, as PostgreSQL's catalogue names it. */
interface Place {
  readonly schema: string;
  readonly table: string;
}

/** A plan and what it is made of. */
export interface Planned {
  readonly plan: ResourcePlan;
  /** The declaration as it is kept. */
  readonly text: string;
  readonly place: Place;
  readonly resource: Resource;
  /** Whether tasks that began with the version in force can go on. */
  readonly compatible: boolean;
  /** Makes what the resource needs in another database. @throws ServiceError */
  readonly makeThere?: () => Promise<void>;
}

/**
 * What a declaration would change in the database; nothing is changed.
 *
 * @throws ServiceError `invalid` with everything that is wrong with it, or with the table that it adopts; `conflict` when its name is taken, its
 *   key would change while there are records, its table is missing or has no room for more columns
 */
export async function planResource(db: Queryable, owner: Owner, given: GivenDeclaration): Promise<Planned> {
  const { declaration, warnings } = readDeclaration(given);
  const { name } = declaration;
  await requireFreeName(db, owner, name);
  const before = await findInForce(db, owner, name);
  if (adoptedPlace(declaration)) return planAdoption(db, { owner, declaration, before, given, warnings });
  if (before && isAdopted(before)) throw adoptedBefore(name);
  const place = before
    ? { schema: before.schema, table: before.table }
    : { schema: RECORDS_SCHEMA, table: await newTable(db, owner, name) };
  const resource = compileResource(declaration, place);
  const present = before && (await readTable(db, before));
  const constraints = await planConstraints(db, owner, { resource, table: place.table, ...given });
  const changes = planTable(resource, constraints, present);
  if (present) await requireKey(db, resource, present, changes);
  if (present) await requireConstraints(db, resource, changes);
  if (present) await requireRoom(db, place, changes);
  const losses = await findLosses(db, resource, changes);
  const text = printDeclaration(declaration);
  const statements = changes.map(({ sql }) => sql);
  const same = before?.declaration === text && statements.length === 0;
  const hash = hashOf([owner, before?.id, text, statements]);
  const action = before ? (same ? 'none' : 'change') : 'create';
  // A task that began without a constraint writes as if there was none.
  const compatible = changes.every(({ adds }) => adds);
  return { plan: { name, hash, action, statements, losses, remarks: [], warnings }, text, place, resource, compatible };
}

/** Whether the table of a stored resource is somebody else's, which is never changed or removed. */
export function isAdopted({ schema }: StoredDeclaration): boolean {
  return schema !== RECORDS_SCHEMA;
}

interface Adoption {
  readonly owner: Owner;
  readonly declaration: Declaration;
  readonly before: StoredDeclaration | undefined;
  readonly given: GivenDeclaration;
  readonly warnings: readonly Problem[];
}

/** A table that exists is looked at, and left as it is. */
async function planAdoption(
  db: Queryable,
  { owner, declaration, before, given, warnings }: Adoption,
): Promise<Planned> {
  const { name, openbulk } = declaration;
  const place = adoptedPlace(declaration) as Place;
  const { connection } = openbulk;
  if (!(await given.mayAdopt({ ...place, ...(connection !== undefined && { connection }) }))) {
    const where = connection === undefined ? '' : ` in the database of the connection ${connection}`;
    const message = `This organization is not allowed to use ${place.schema}.${place.table}${where}. An operator can allow it with OPENBULK_ADOPT, or declare the resource at the command line.`;
    throw new ServiceError('invalid', 'The declaration is not valid.', [
      { field: 'declaration/openbulk/table', message },
    ]);
  }
  if (before && !isAdopted(before)) throw madeBefore(name);
  if (owner === null && !openbulk.organization) {
    const message =
      'Every organization would have all records of the table. Name the column that says whose a record is, or declare it for one organization.';
    throw new ServiceError('invalid', 'The declaration is not valid.', [
      { field: 'declaration/openbulk/organization', message },
    ]);
  }
  const compiled = compileResource(declaration, place, { adopts: true });
  const { resource, adopted, problems } = await findHeldReferences(db, owner, { resource: compiled, ...given });
  if (problems.length > 0) throw new ServiceError('invalid', 'The declaration is not valid.', problems);
  const databases = { db, elsewhere: given.elsewhere };
  const { remarks } = await inItsDatabase(databases, adopted, (itsOwn) => planAdopted(itsOwn, resource, adopted));
  const text = printDeclaration(declaration);
  const action = before ? (before.declaration === text ? 'none' : 'change') : 'create';
  const hash = hashOf([owner, before?.id, text]);
  const plan = { name, hash, action, statements: [], losses: [], remarks, warnings } as const;
  const needs = connection !== undefined && resource.operations.includes('import');
  const makeThere = needs && { makeThere: () => prepareDatabase(databases, connection) };
  return { plan, text, place, resource, compatible: true, ...makeThere };
}

function adoptedBefore(name: string): ServiceError {
  const message = `The resource ${name} uses a table of yours. To have OpenBulk make a table for it, remove the resource first; your table stays.`;
  return new ServiceError('conflict', message);
}

function madeBefore(name: string): ServiceError {
  const message = `OpenBulk has made a table for the resource ${name}. To use a table of yours, remove the resource first, or choose another name.`;
  return new ServiceError('conflict', message);
}

async function findLosses(db: Queryable, { table }: Resource, changes: readonly Change[]) {
  const losses: ResourcePlan['losses'][number][] = [];
  for (const { loses } of changes) {
    if (loses) losses.push({ column: loses.column, records: await countLosses(db, table, loses) });
  }
  return losses;
}

/** What stands in the API where names of resources do. */
const RESERVED = ['tables', 'drift', 'infer'];

/** An organization has one resource of a name: those of every organization, and of the program, included. */
async function requireFreeName(db: Queryable, owner: Owner, name: string): Promise<void> {
  if (RESERVED.includes(name)) throw new ServiceError('conflict', `${name} is a word of the API. Choose another name.`);
  const others = (await ownersOfName(db, name)).filter((other) => other !== owner);
  const whose = whoHas(others, owner, name);
  if (whose) throw new ServiceError('conflict', `${whose} a resource named ${name}. Choose another name.`);
}

function whoHas(others: readonly Owner[], owner: Owner, name: string): string | undefined {
  if (shipped.find(name)) return 'OpenBulk has';
  if (owner === null) return others.length > 0 ? 'An organization has' : undefined;
  return others.includes(null) ? 'Every organization has' : undefined;
}

/** Characters of a resource's name in that of its table: with all that follows, 63 at most (`MAX_NAME_BYTES`). */
const NAMED = 36;

/**
 * The name of a table that no other resource has: two hyphens are never together in a resource's name. It is the same for the same owner,
 * name and number of earlier versions, so that a plan stays the same until something changes.
 */
async function newTable(db: Queryable, owner: Owner, name: string): Promise<string> {
  const versions = await countVersions(db, owner, name);
  const parts = [
    name.slice(0, NAMED).replaceAll('-', '_'),
    ...(owner === null && name.length <= NAMED ? [] : [hashOf([owner, name]).slice(0, 12)]),
    ...(versions === 0 ? [] : [String(versions + 1)]),
  ];
  return parts.join('__');
}

async function readTable(db: Queryable, stored: StoredDeclaration): Promise<PresentTable> {
  const { name, schema, table } = stored;
  const before = compileStored(stored);
  if (!before) {
    throw new ServiceError('conflict', `The resource ${name} was declared by a newer version of OpenBulk.`);
  }
  const columns = await readColumns(db, stored);
  if (columns) return { columns, before, constraints: await readConstraints(db, stored) };
  const message = `The table ${schema}.${table} of the resource ${name} is missing. Remove the resource, and declare it again.`;
  throw new ServiceError('conflict', message);
}

/** Records that are there must meet what is new, and no file gives what they refer to. */
async function requireConstraints(db: Queryable, { name, table }: Resource, changes: readonly Change[]): Promise<void> {
  for (const { constraint } of changes) {
    if (!constraint) continue;
    const { unique } = constraint;
    if (unique) {
      const repeated = await countRepeated(db, table, unique.columns);
      if (repeated === 0) continue;
      const message = `${unique.fields.join(', ')} cannot be unique: values that more than one record has: ${repeated}. Correct the records first.`;
      throw new ServiceError('conflict', message);
    }
    const records = await countRecords(db, table);
    if (records === 0) continue;
    const message = `A foreign key cannot be added to a resource with records (${records}). Export the records of ${name}, remove and declare it again, and import them.`;
    throw new ServiceError('conflict', message);
  }
}

/** The key of a record is made once, when it is inserted: it stays the same, and so do the fields that it is made of. */
async function requireKey(
  db: Queryable,
  resource: Resource,
  { before }: PresentTable,
  changes: readonly Change[],
): Promise<void> {
  const removed = changes.flatMap(({ loses }) => loses?.column ?? []);
  const keyed = before.columns.filter(({ name, sql }) => before.key.columns.includes(name) && removed.includes(sql));
  if (JSON.stringify(before.key) === JSON.stringify(resource.key) && keyed.length === 0) return;
  const records = await countRecords(db, resource.table);
  if (records === 0) return;
  const message = `The key of a resource with records (${records}) cannot change. Keep it, or declare another resource.`;
  throw new ServiceError('conflict', message);
}

/** Columns of a table of PostgreSQL. */
const MAX_COLUMNS = 1_600;

/** A column that was dropped stays in the table, and counts. */
async function requireRoom(db: Queryable, place: Place, changes: readonly Change[]): Promise<void> {
  const added = changes.filter(({ adds }) => adds).length;
  if (added === 0) return;
  const before = await countColumnsEver(db, place);
  if (before + added <= MAX_COLUMNS) return;
  const message =
    `The table has had ${before} columns, removed ones included, and would get ${added} more; PostgreSQL allows ${MAX_COLUMNS} in all. ` +
    'Export the records, remove the resource, declare it again, and import the records.';
  throw new ServiceError('conflict', message);
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
