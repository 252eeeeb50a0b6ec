import { adoptedPlace, compileResource } from '../../../resources/compile.ts';
import { resourceName, sameName } from '../../../resources/declaration/names.ts';
import { parseDeclaration } from '../../../resources/declaration/parse.ts';
import type { Resource } from '../../../resources/resource.ts';
import type { Queryable } from '../../../store/connection/pool.ts';
import { quoteName, quoteNames } from '../../../store/connection/quote.ts';
import type { Elsewhere } from '../../../store/elsewhere/databases.ts';
import type { Refusal } from '../../../targets/adopted/plan/plan.ts';
import { refuseKey, refusePrivileges, refuseRelation } from '../../../targets/adopted/plan/refuse.ts';
import { describeTable } from '../../../targets/adopted/shape/describe-table.ts';
import { findDelimiter, findJsonType } from '../../../targets/adopted/shape/sample-rows.ts';
import type { ColumnShape, KeyShape, TableShape } from '../../../targets/adopted/shape/shape.ts';
import { ServiceError } from '../../platform/service-error.ts';
import type { TablePlace } from './adoption-rules.ts';
import { declareReferences } from './declare-references.ts';
import { planAdopted } from './plan-adopted.ts';
import { findHeldReferences } from './plan-held.ts';
import { inItsDatabase } from './table-database.ts';

/** A table to make a declaration for. */
export interface Adoptable extends TablePlace {
  /** Of the resource; made of the table's if not given. */
  readonly name?: string;
  /** Its column that says whose a record is. */
  readonly organization?: string;
  /**
   * For whom it is to be declared, an organization or, with null, every one: references to tables that they have adopted are declared by the
   * keys of those. Not given: all columns are declared as they are.
   */
  readonly owner?: string | null;
}

/** A declaration, and what a person should know of it. */
export interface AdoptedDeclaration {
  /** As a value of JSON. */
  readonly declaration: object;
  readonly remarks: readonly string[];
}

/**
 * Makes the declaration with which a resource adopts a table, from what the catalogue says of it and a look at some rows.
 *
 * @throws ServiceError `unavailable` when its database is; `invalid` when the table cannot be adopted, with the reasons
 */
export async function adoptTable(db: Queryable, given: Adoptable, elsewhere?: Elsewhere): Promise<AdoptedDeclaration> {
  return inItsDatabase({ db, elsewhere }, given, (itsOwn) => declareTable({ db: itsOwn, engine: db }, given));
}

/** The database that has a table, and OpenBulk's own. */
interface Both {
  readonly db: Queryable;
  readonly engine: Queryable;
}

async function declareTable({ db, engine }: Both, given: Adoptable): Promise<AdoptedDeclaration> {
  const shape = await describeTable(db, given);
  if (!shape) throw new ServiceError('invalid', `There is no table ${given.schema}.${given.table}.`);
  const against = (['upsert', 'update'] as const).map((mode) => refuseRelation(shape, { columns: [], key: [], mode }));
  if (against.every((refusals) => refusals.length > 0)) throw notFit(against[0] ?? []);
  const { readable, remarks } = readableColumns(shape, given);
  if (readable.length === 0) {
    const columns = shape.columns.map(({ name }) => name);
    throw notFit(refusePrivileges(shape, { columns, key: columns, mode: 'upsert' }));
  }
  const key = chooseKey(shape, readable, given.organization);
  const names = nameFields(readable);
  const nameOf = (column: string) => names.get(readable.find(({ name }) => name === column) as ColumnShape) as string;
  const fields = new Map<string, readonly object[]>();
  for (const column of readable)
    fields.set(column.name, [await declareField(db, shape, column, { name: names.get(column) as string, key })]);
  const taken = readable.map(({ name }) => nameOf(name));
  const references = await declareReferences({ db, engine, shape }, given, { key: key.map(nameOf), fields, taken });
  for (const { column, fields: its } of references.declared) fields.set(column, its);
  const keyFields = (column: string) =>
    references.declared.find((one) => one.column === column)?.foreignKey.fields ?? [nameOf(column)];
  const declaration = {
    fields: [...fields.values()].flat(),
    primaryKey: key.flatMap(keyFields),
    ...(references.declared.length > 0 && { foreignKeys: references.declared.map(({ foreignKey }) => foreignKey) }),
    openbulk: {
      name: given.name ?? resourceName(given.table) ?? 'records',
      ...(given.schema !== 'public' && { schema: given.schema }),
      table: given.table,
      ...(given.connection !== undefined && { connection: given.connection }),
      ...(given.organization !== undefined && { organization: declareOrganization(shape, given.organization) }),
    },
  };
  const { resource, adopted } = await findHeldReferences(engine, given.owner ?? null, {
    resource: compiled(declaration),
  });
  const planned = await planAdopted(db, resource, adopted);
  const about = [...aboutKey(shape, key, given.organization), ...references.remarks];
  return { declaration, remarks: [...remarks, ...about, ...planned.remarks] };
}

function notFit(refusals: readonly Refusal[]): ServiceError {
  const problems = refusals.map(({ message }) => ({ field: 'table', message }));
  return new ServiceError('invalid', 'The table cannot be adopted.', problems);
}

function compiled(declaration: object): Resource {
  const parsed = parseDeclaration(declaration);
  if ('problems' in parsed) {
    const problems = parsed.problems.map(({ pointer, message }) => ({ field: `declaration${pointer}`, message }));
    throw new ServiceError('invalid', 'The table cannot be declared.', problems);
  }
  return compileResource(parsed.declaration, adoptedPlace(parsed.declaration), { adopts: true });
}

function readableColumns({ columns, role }: TableShape, { organization }: Adoptable) {
  const readable = columns.filter(({ name, privileges }) => privileges.select && name !== organization);
  const hidden = columns.filter(({ privileges }) => !privileges.select).map(({ name }) => name);
  const remarks = hidden.length === 0 ? [] : [`The role ${role} cannot read ${hidden.join(', ')}, which are left out.`];
  return { readable, remarks };
}

/** Fields are told apart in any case; columns are not. */
function nameFields(columns: readonly ColumnShape[]): Map<ColumnShape, string> {
  const taken = new Set<string>();
  const names = new Map<ColumnShape, string>();
  for (const column of columns) {
    let name = column.name;
    for (let number = 2; taken.has(sameName(name)); number += 1) name = `${column.name} ${number}`;
    taken.add(sameName(name));
    names.set(column, name);
  }
  return names;
}

/** Types of values that are too large for a key, or have no order that says anything. */
const UNKEYED = new Set(['bytea', 'json', 'jsonb', 'point', 'xml']);

/**
 * What tells the table's records apart: a key that people know, such as a number that they gave, before one that the database counts.
 *
 * @throws ServiceError `invalid` with the statement that would make a key
 */
function chooseKey(
  shape: TableShape,
  readable: readonly ColumnShape[],
  organization: string | undefined,
): readonly string[] {
  const byName = new Map(readable.map((column) => [column.name, column]));
  const own = (key: KeyShape) => key.columns.map(({ name }) => name).filter((name) => name !== organization);
  const keys = shape.keys
    .map((key) => own(key).map((name) => byName.get(name)))
    .filter(
      (columns): columns is ColumnShape[] =>
        columns.length > 0 &&
        columns.every((column) => column && !UNKEYED.has(column.base.name) && !column.base.element),
    );
  const rank = (columns: ColumnShape[]) =>
    (columns.some(({ identity, generated }) => identity === 'always' || generated) ? 4 : 0) +
    (columns.some(({ hasDefault }) => hasDefault) ? 2 : 0) +
    (columns.some(({ notNull }) => !notNull) ? 1 : 0);
  const [best] = keys.toSorted((a, b) => rank(a) - rank(b));
  if (best) return best.map(({ name }) => name);
  const wanted = { columns: [], key: readable.slice(0, 1).map(({ name }) => name), mode: 'upsert' } as const;
  const owner = organization === undefined ? {} : { organization: { column: organization, value: '' } };
  throw notFit(refuseKey(shape, { ...wanted, ...owner }));
}

function aboutKey({ keys }: TableShape, chosen: readonly string[], organization: string | undefined): string[] {
  const others = keys
    .map(({ columns }) => columns.map(({ name }) => name).filter((name) => name !== organization))
    .filter((names) => names.length > 0 && names.join() !== chosen.join());
  if (others.length === 0) return [];
  const named = others.map((names) => names.join(' and ')).join('; ');
  return [
    `Records are identified by ${chosen.join(' and ')}. The table has other keys: ${named}. Name one in primaryKey to use it instead.`,
  ];
}

function declareOrganization({ columns }: TableShape, name: string): object {
  const found = columns.find((column) => column.name === name);
  if (!found) throw new ServiceError('invalid', `The table has no column ${name}.`);
  return { column: name, holds: found.base.name === 'uuid' ? 'id' : 'slug' };
}

/** A column as a field. */
interface DeclaredField {
  readonly type: string;
  readonly format?: string;
  readonly itemType?: string;
  readonly delimiter?: string;
}

async function declareField(
  db: Queryable,
  shape: TableShape,
  column: ColumnShape,
  { name, key }: { readonly name: string; readonly key: readonly string[] },
): Promise<object> {
  const { base, length, modified, generated, identity, updatable } = column;
  const readOnly = !key.includes(column.name) && (generated !== undefined || identity === 'always' || !updatable);
  const constraints = {
    ...(length !== undefined && { maxLength: length }),
    ...(base.labels && { enum: base.labels }),
  };
  const digits = /^numeric\((\d+),(\d+)\)$/.exec(modified ?? '');
  const openbulk = {
    ...(name !== column.name && { column: column.name }),
    ...(readOnly && { readOnly: true }),
    ...(digits && { precision: Number(digits[1]), scale: Number(digits[2]) }),
  };
  return {
    name,
    ...(await typeOf(db, shape, column)),
    ...(Object.keys(constraints).length > 0 && { constraints }),
    ...(Object.keys(openbulk).length > 0 && { openbulk }),
  };
}

/** Types of PostgreSQL, as fields have them; any other is text, as PostgreSQL writes it. */
const TYPES: Readonly<Record<string, DeclaredField>> = {
  bool: { type: 'boolean' },
  ...{ int2: { type: 'integer' }, int4: { type: 'integer' }, int8: { type: 'integer' } },
  ...{ numeric: { type: 'number' }, float4: { type: 'number' }, float8: { type: 'number' }, money: { type: 'number' } },
  ...{
    date: { type: 'date' },
    time: { type: 'time' },
    timestamp: { type: 'datetime' },
    timestamptz: { type: 'datetime' },
  },
  uuid: { type: 'string', format: 'uuid' },
  bytea: { type: 'string', format: 'binary' },
};

async function typeOf(db: Queryable, shape: TableShape, { name, base }: ColumnShape): Promise<DeclaredField> {
  const place = { from: quoteNames(shape.schema, shape.name), column: quoteName(name) };
  if (base.element) {
    const item = base.element.schema === 'pg_catalog' ? TYPES[base.element.name]?.type : undefined;
    if (item !== undefined && item !== 'string') return { type: 'list', itemType: item };
    return { type: 'list', delimiter: await findDelimiter(db, place) };
  }
  if (base.schema !== 'pg_catalog') return { type: 'string' };
  if (base.name === 'json' || base.name === 'jsonb') return { type: await findJsonType(db, place) };
  return TYPES[base.name] ?? { type: 'string' };
}
