import { quoteName, quoteNames } from '../../../store/connection/quote.ts';
import type { ColumnShape, KeyShape, TableShape, TypeShape } from '../shape/shape.ts';
import { findAgainstSets, isIndependent, isRevised } from './effects.ts';
import type { KeyPart, PlannedColumn, PlannedConstraint, Refusal, WriteMode, WritePlan, WriteRequest } from './plan.ts';
import { planReferences, referencesAreIndependent, refuseReferences } from './references.ts';
import { refuseColumns, refuseKey, refusePrivileges, refuseRelation } from './refuse.ts';

export type Planned = { readonly plan: WritePlan } | { readonly refusals: readonly Refusal[] };

/** Finds out how lines are written into a table, or what no line could pass. */
export function planWrite(shape: TableShape, request: WriteRequest): Planned {
  const ofRelation = refuseRelation(shape, request);
  if (ofRelation.length > 0) return { refusals: ofRelation };
  const index = findKey(shape, request);
  const refusals = [
    ...refuseColumns(shape, request),
    ...(index ? [] : refuseKey(shape, request)),
    ...refusePrivileges(shape, request),
    ...refuseReferences(shape, request),
  ];
  if (!index || refusals.length > 0) return { refusals };
  const byName = new Map(shape.columns.map((column) => [column.name, column]));
  const isFixed = new Set([...request.key, ...(request.insertOnly ?? [])]);
  const columns = request.columns.map((name) => planColumn(byName.get(name) as ColumnShape, isFixed.has(name)));
  const againstSets = findAgainstSets(shape, request);
  const independent = isIndependent(shape, request);
  const references = planReferences(shape, request, independent);
  const plan: WritePlan = {
    version: 1,
    table: { schema: shape.schema, table: shape.name },
    role: shape.role,
    mode: request.mode,
    ...(request.keepsBlanks && { keepsBlanks: true }),
    columns,
    ...(references.length > 0 && { references, values: request.values ?? [] }),
    key: keyParts(shape, index, request),
    keyIndexes: shape.constraints
      .filter(({ kind, name, root = name }) => kind === 'unique' && root === index.name)
      .map(({ name }) => name),
    ...(request.organization && { organization: request.organization }),
    ...(shape.searchPath !== null && { searchPath: shape.searchPath }),
    ...(request.touches !== undefined && { touches: request.touches }),
    only: shape.hasChildren,
    locks: locksRows(shape, columns, request.mode),
    independent: independent && referencesAreIndependent(shape, request),
    revises: isRevised(shape, request),
    sets: request.declaredSetSafe === true && againstSets.length === 0,
    againstSets,
    constraints: shape.constraints.map(planConstraint),
  };
  return { plan };
}

/**
 * The index by which records are found: it has exactly the key's columns, and the organization's, if there is one. One without that
 * column serves, too: then another organization's record of the same key has a new one refused.
 */
function findKey({ keys }: TableShape, { key, organization }: WriteRequest): KeyShape | undefined {
  const withOrganization = organization ? [...key, organization.column] : key;
  return [withOrganization, key].flatMap(
    (columns) =>
      keys.find(
        (one) => one.columns.length === columns.length && one.columns.every(({ name }) => columns.includes(name)),
      ) ?? [],
  )[0];
}

/** In the index's order; the organization's column is compared even where the index has it not. */
function keyParts(shape: TableShape, index: KeyShape, { organization }: WriteRequest): KeyPart[] {
  const part = (column: string, equals: { schema: string; name: string }): KeyPart => {
    const { base } = shape.columns.find(({ name }) => name === column) as ColumnShape;
    return { column, equals: `operator(${quoteName(equals.schema)}.${equals.name})`, type: typeName(base) };
  };
  const parts = index.columns.map(({ name, equals }) => part(name, equals));
  if (!organization || index.columns.some(({ name }) => name === organization.column)) return parts;
  return [...parts, part(organization.column, { schema: 'pg_catalog', name: '=' })];
}

/** Rows that will be changed are locked first, which takes the right to change one of their columns. */
function locksRows(shape: TableShape, columns: readonly PlannedColumn[], mode: WriteMode): boolean {
  if (!shape.columns.some(({ privileges }) => privileges.update)) return false;
  return mode === 'delete' || ((mode === 'upsert' || mode === 'update') && columns.some(({ fixed }) => !fixed));
}

function typeName({ schema, name }: TypeShape): string {
  return quoteNames(schema, name);
}

/** Types of the system whose equality means that nothing differs. Of `interval` it does not: a month equals thirty days. */
const TOLD_BY_VALUE = new Set(
  `bool int2 int4 int8 float4 float8 numeric money text varchar bpchar name bytea date time timetz timestamp timestamptz uuid inet cidr
   macaddr macaddr8 bit varbit jsonb oid tsvector int4range int8range numrange daterange tsrange tstzrange int4multirange int8multirange
   nummultirange datemultirange tsmultirange tstzmultirange`.split(/\s+/),
);

function isToldByValue({ schema, name, kind, element }: TypeShape): boolean {
  if (kind === 'enum') return true;
  if (element) return element.kind === 'enum' || (element.schema === 'pg_catalog' && TOLD_BY_VALUE.has(element.name));
  return schema === 'pg_catalog' && TOLD_BY_VALUE.has(name);
}

/** Types whose values are rounded to a length without a word. */
const ROUNDED = new Set(['numeric', 'time', 'timetz', 'timestamp', 'timestamptz']);

function planColumn({ name, base, modified, length, deterministic }: ColumnShape, fixed: boolean): PlannedColumn {
  const ofSystem = base.schema === 'pg_catalog';
  return {
    name,
    type: typeName(base),
    ...(modified !== undefined && ofSystem && ROUNDED.has(base.name) && { rounds: modified }),
    ...(length !== undefined && ofSystem && base.name === 'varchar' && { length }),
    compared: isToldByValue(base) && deterministic ? 'value' : 'text',
    fixed,
  };
}

function planConstraint({
  name,
  table,
  kind,
  columns,
  references,
}: TableShape['constraints'][number]): PlannedConstraint {
  return { name, table, kind, columns, self: references?.self === true };
}
