import { quoteName, quoteNames } from '../../../store/connection/quote.ts';
import type { ColumnShape, KeyShape, TableShape, TypeShape } from '../shape/shape.ts';
import type { KeyPart, PlannedReference, Refusal, RequestedReference, WriteRequest } from './plan.ts';

/** How the references of lines are looked up, in a table that they can be written into. @param independent as `WritePlan.independent` */
export function planReferences(shape: TableShape, request: WriteRequest, independent: boolean): PlannedReference[] {
  return (request.references ?? []).map((reference) => {
    const { fields, resource, column, holds, missing, names, organization } = reference;
    const other = reference.shape;
    const index = findIndex(reference);
    const part = (name: string): KeyPart => {
      const equals = index?.columns.find((one) => one.name === name)?.equals;
      return {
        column: name,
        // Without an index the role has to find the operator.
        equals: equals ? `operator(${quoteName(equals.schema)}.${equals.name})` : '=',
        type: typeOf(other, name),
      };
    };
    return {
      ...{ fields, resource, column, holds, missing },
      table: { schema: other.schema, table: other.name },
      key: names.map((name, at) => ({
        ...part(name),
        value: (request.values ?? []).indexOf(reference.values[at] as string),
        isText: isText(columnOf(other, name).base),
      })),
      ...(organization && { organization: { ...part(organization.column), value: organization.value } }),
      keyIndexes: other.constraints
        .filter(({ kind, name, root = name }) => kind === 'unique' && root === index?.name)
        .map(({ name }) => name),
      created: reference.created.map((one) => ({ ...one, type: typeOf(other, one.column) })),
      keyed: request.key.includes(column),
      changing: !independent || isSame(shape, other),
    };
  });
}

/** Whether a line may change what another one refers to, or be changed by it, for the sake of references. */
export function referencesAreIndependent(shape: TableShape, { references = [] }: WriteRequest): boolean {
  return references.every(
    ({ shape: other, missing }) =>
      !isSame(shape, other) &&
      (missing !== 'create' || !other.triggers.some(({ fires, events }) => fires && events.includes('insert'))),
  );
}

/** Whether two relations have rows in common. */
function isSame(a: TableShape, b: TableShape): boolean {
  const behind = ({ schema, name, shows }: TableShape) => quoteNames(shows?.schema ?? schema, shows?.name ?? name);
  return behind(a) === behind(b) || a.parents.includes(behind(b)) || b.parents.includes(behind(a));
}

/** The index by which records of the other table are told apart. */
function findIndex({ shape, names, organization }: RequestedReference): KeyShape | undefined {
  return findKey(shape, names, organization?.column) ?? findKey(shape, names, undefined);
}

function findKey({ keys }: TableShape, names: readonly string[], organization: string | undefined) {
  const columns = organization === undefined ? names : [...names, organization];
  return keys.find(
    (key) => key.columns.length === columns.length && key.columns.every(({ name }) => columns.includes(name)),
  );
}

function columnOf({ columns }: TableShape, name: string): ColumnShape {
  return columns.find((column) => column.name === name) as ColumnShape;
}

function typeOf(shape: TableShape, column: string): string {
  const { base } = columnOf(shape, column);
  return quoteNames(base.schema, base.name);
}

/** Types that have every text. */
function isText({ schema, name }: TypeShape): boolean {
  return schema === 'pg_catalog' && ['text', 'varchar', 'bpchar'].includes(name);
}

/** What is against the references of lines. */
export function refuseReferences(shape: TableShape, request: WriteRequest): Refusal[] {
  return (request.references ?? []).flatMap((reference) => {
    const unfit = refuseOne(shape, reference);
    return unfit.length > 0 ? unfit : refusePrivileges(reference, request);
  });
}

function refuseOne(shape: TableShape, reference: RequestedReference): Refusal[] {
  const { column, holds, names, organization, created, shape: other } = reference;
  const table = quoteNames(other.schema, other.name);
  const refuse = (message: string): Refusal => ({ code: 'reference_unfit', column, message });
  const needed = [...names, holds, ...(organization ? [organization.column] : []), ...created.map((one) => one.column)];
  const missing = [...new Set(needed)].filter((name) => !other.columns.some((one) => one.name === name));
  if (missing.length > 0) return [refuse(`${table} has no column ${missing.join(', ')}, which a reference needs.`)];
  const own = shape.columns.find(({ name }) => name === column);
  const [here, there] = [own?.base, columnOf(other, holds).base];
  if (!here || (here.schema === there.schema && here.name === there.name)) return [];
  return [
    refuse(
      `The column ${column} of ${quoteNames(shape.schema, shape.name)} is of type ${own?.type}, and ${holds} of ${table} of type ${columnOf(other, holds).type}. Both must be of the same type.`,
    ),
  ];
}

/** Where what identifies records of the other table is no longer unique: a line would not know which one it names. */
export function findAmbiguous({ references = [] }: WriteRequest): Refusal[] {
  return references.flatMap((reference) => {
    const { column, holds, names, organization, shape } = reference;
    const table = quoteNames(shape.schema, shape.name);
    const ambiguous = [names, [holds]].filter(
      (columns) => !findKey(shape, columns, organization?.column) && !findKey(shape, columns, undefined),
    );
    return ambiguous.map((columns): Refusal => {
      const quoted = columns.map(quoteName).join(', ');
      const statement = `create unique index on ${table} (${quoted});`;
      const message = `${table} has no unique index on ${columns.join(', ')}, so a reference could mean several records. Its owner can make one: ${statement}`;
      return { code: 'reference_unfit', column, message, statement };
    });
  });
}

/** What the role may not do to the other table. */
function refusePrivileges(reference: RequestedReference, { mode }: WriteRequest): Refusal[] {
  const { column, holds, names, organization, created, missing, shape } = reference;
  const table = quoteNames(shape.schema, shape.name);
  const identity = [...names, ...(organization ? [organization.column] : [])];
  const creates = missing === 'create' && mode !== 'delete';
  const needs = {
    select: [...identity, holds],
    insert: creates ? [...identity, ...created.map((one) => one.column)] : [],
  } as const;
  const refusals: Refusal[] = [];
  const lacks = (what: string, statement: string) =>
    refusals.push({
      code: 'missing_privilege',
      column,
      message: `The role ${shape.role} may not ${what}. Its owner can allow it: ${statement}`,
      statement,
    });
  const to = quoteName(shape.role);
  if (!shape.privileges.schema)
    lacks(`use the schema ${shape.schema}`, `grant usage on schema ${quoteName(shape.schema)} to ${to};`);
  for (const right of ['select', 'insert'] as const) {
    const lacking = shape.columns.filter(({ name, privileges }) => needs[right].includes(name) && !privileges[right]);
    if (lacking.length === 0) continue;
    const quoted = lacking.map(({ name }) => quoteName(name)).join(', ');
    lacks(`${right} ${quoted} of ${table}`, `grant ${right} (${quoted}) on ${table} to ${to};`);
  }
  if (creates && !shape.updatable.insert) {
    const message = `The view ${table} takes no insert, so records that are missing cannot be created. Write "missing": "reject".`;
    refusals.push({ code: 'reference_unfit', column, message });
  }
  return refusals;
}
