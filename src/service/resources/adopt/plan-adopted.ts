import { catalogName } from '../../../resources/declaration/names.ts';
import { type Column, heldFields, type OwnersTable, type Resource } from '../../../resources/resource.ts';
import { RECORDS_SCHEMA } from '../../../resources/tables/plan-table.ts';
import type { Queryable } from '../../../store/connection/pool.ts';
import { findMissingMarkers, hasLedger, MARKERS, markersRefused } from '../../../store/elsewhere/marker-table.ts';
import { isOurTable, OUR_TABLES } from '../../../store/platform/our-tables.ts';
import type { Refusal, WriteMode } from '../../../targets/adopted/plan/plan.ts';
import { planWrite } from '../../../targets/adopted/plan/plan-write.ts';
import { findAmbiguous, refuseReferences } from '../../../targets/adopted/plan/references.ts';
import { refuseKey } from '../../../targets/adopted/plan/refuse.ts';
import { describeReferred, givenColumns, requestOf } from '../../../targets/adopted/plan/request.ts';
import { describeTable } from '../../../targets/adopted/shape/describe-table.ts';
import type { TableShape } from '../../../targets/adopted/shape/shape.ts';
import { type Problem, ServiceError } from '../../platform/service-error.ts';
import { fits } from './fit-types.ts';
import { pointerTo } from './plan-held.ts';

/** What an adopted table takes. */
export interface AdoptedPlan {
  /** What is good to know of how its lines are written, as sentences. */
  readonly remarks: readonly string[];
}

/** Modes in the order in which they are worth having. */
const MODES = ['upsert', 'insert-or-skip', 'update'] as const satisfies readonly WriteMode[];

/**
 * Looks at a table that a resource adopts.
 *
 * @throws ServiceError `invalid` with every reason why it cannot be one
 */
export async function planAdopted(db: Queryable, resource: Resource, adopted: OwnersTable): Promise<AdoptedPlan> {
  const { shapes, problems } = await examine(db, resource, adopted);
  if (!shapes || problems.length > 0) throw new ServiceError('invalid', NOT_FIT, problems);
  const remarks = remarksOf(shapes, resource, adopted);
  if (await findMissing(db, resource, adopted)) remarks.push(`${MAKES} ${adopted.connection}.`);
  return { remarks };
}

const MAKES =
  'To note which lines are applied, OpenBulk makes the table openbulk.applied_chunks in the database of the connection';

const NOT_FIT = 'The table cannot be used as it is declared.';

/** Where a declaration and its table do not agree, or no longer; none: the resource works. */
export async function examineAdopted(
  db: Queryable,
  resource: Resource,
  adopted: OwnersTable,
): Promise<readonly Problem[]> {
  return (await examine(db, resource, adopted)).problems;
}

async function examine(
  db: Queryable,
  resource: Resource,
  adopted: OwnersTable,
): Promise<{ readonly shapes?: Shapes; readonly problems: readonly Problem[] }> {
  const { schema, table, connection } = adopted;
  if (schema === RECORDS_SCHEMA || isMarkers(adopted) || (await isOurs(db, adopted))) {
    const message = `${schema}.${table} belongs to OpenBulk. Name a table of your own.`;
    return { problems: [{ field: TABLE, message }] };
  }
  if (/^pg_|^information_schema$/.test(schema)) {
    return {
      problems: [{ field: TABLE, message: `${schema}.${table} belongs to PostgreSQL. Name a table of your own.` }],
    };
  }
  const shape = await describeTable(db, adopted);
  if (!shape) {
    const where = connection === undefined ? 'of OpenBulk' : `of the connection ${connection}`;
    const message = `There is no table ${schema}.${table} in the database ${where}. Check openbulk.schema and openbulk.table.`;
    return { problems: [{ field: TABLE, message }] };
  }
  const needed = await findMissing(db, resource, adopted);
  if (needed?.byAdministrator) return { problems: [markersProblem(`${connection}`, needed.statements)] };
  const shapes = { shape, referred: await describeReferred(db, adopted) };
  const unfit = [...findUnfit(shape, resource, adopted), ...findUnfitReferences(shapes, resource, adopted)];
  return { shapes, problems: unfit.length > 0 ? unfit : findRefusals(shapes, resource, adopted) };
}

/** A table, and those to which it refers, by the columns that hold the references. */
interface Shapes {
  readonly shape: TableShape;
  readonly referred: ReadonlyMap<string, TableShape>;
}

/** What is missing in another database for imports. */
async function findMissing(db: Queryable, { operations }: Resource, { connection }: OwnersTable) {
  return connection !== undefined && operations.includes('import') ? findMissingMarkers(db) : undefined;
}

/** The problem of a declaration whose lines could not be noted as applied. */
export function markersProblem(connection: string, statements: readonly string[]): Problem {
  return { field: 'declaration/openbulk/connection', message: markersRefused(connection, statements) };
}

function isMarkers({ schema, table }: OwnersTable): boolean {
  return schema === MARKERS.schema && table === MARKERS.table;
}

/** Another database may have the tables of another OpenBulk, in any schema. */
async function isOurs(db: Queryable, adopted: OwnersTable): Promise<boolean> {
  if (adopted.connection === undefined) return isOurTable(db, adopted);
  return OUR_TABLES.includes(adopted.table) && hasLedger(db, adopted.schema);
}

const TABLE = 'declaration/openbulk/table';

/** Fields without a column, or with one of a type that they cannot be read from. */
function findUnfit(
  shape: TableShape,
  { columns, unlisted = [], declaration }: Resource,
  adopted: OwnersTable,
): Problem[] {
  const { organization } = adopted;
  const pointer = (column: Column) =>
    `declaration/fields/${declaration.fields.findIndex(({ name }) => name === column.name)}`;
  const byName = new Map(shape.columns.map((column) => [column.name, column]));
  const problems: Problem[] = [];
  const held = heldFields({ adopted });
  for (const column of [...columns, ...unlisted].filter((one) => !held.has(one.name))) {
    const name = catalogName(column.sql);
    const found = byName.get(name);
    if (!found) {
      const message = `${shape.schema}.${shape.name} has no column ${name}. Name another in openbulk.column, or remove the field.`;
      problems.push({ field: `${pointer(column)}/openbulk/column`, message });
    } else if (!fits(column.type.sql, found.base)) {
      const message = `The column ${name} is of type ${found.type}, which cannot be read as this type. Declare another type; string always works.`;
      problems.push({ field: `${pointer(column)}/type`, message });
    }
  }
  const holder = organization && byName.get(organization.column);
  if (holder && organization && (holder.base.name === 'uuid') !== (organization.holds === 'id')) {
    const message = `The column ${organization.column} is of type ${holder.type}. A column of type uuid holds "id", any other "slug".`;
    problems.push({ field: 'declaration/openbulk/organization/holds', message });
  }
  return problems;
}

/** References that the table has no column for, or whose other table is not there, or does not tell its records apart. */
function findUnfitReferences({ shape, referred }: Shapes, resource: Resource, adopted: OwnersTable): Problem[] {
  const problems: Problem[] = [];
  for (const reference of adopted.references) {
    const { column, to } = reference;
    const pointer = pointerTo(resource, reference);
    if (!shape.columns.some(({ name }) => name === column)) {
      const message = `${shape.schema}.${shape.name} has no column ${column}. Name the column that holds the reference.`;
      problems.push({ field: `${pointer}/openbulk/column`, message });
    }
    if (to && !referred.has(column)) {
      const message = `There is no table ${to.schema}.${to.table}, to which the reference refers.`;
      problems.push({ field: `${pointer}/reference/resource`, message });
    }
  }
  if (problems.length > 0) return problems;
  const all = resource.columns.map(({ sql }) => sql);
  // Whatever lines are, lists look up what references name.
  const request = requestOf(resource, adopted, { columns: all, mode: 'delete', owner: NOBODY, referred });
  const unfit = refuseReferences(shape, request);
  return (unfit.length > 0 ? unfit : findAmbiguous(request)).map((refusal) => toProblem(resource, refusal));
}

/** A table must be good for one of the modes; what another mode lacks is a remark. */
function findRefusals(shapes: Shapes, resource: Resource, adopted: OwnersTable): Problem[] {
  if (!resource.operations.includes('import')) return findNoKey(shapes.shape, resource, adopted);
  const refused = MODES.map((mode) => refusalsOf(shapes, resource, adopted, mode));
  const [upsert = []] = refused;
  return refused.some((refusals) => refusals.length === 0) ? [] : upsert.map((refusal) => toProblem(resource, refusal));
}

/** Who only reads it needs a key, too: pages are read by it. */
function findNoKey(shape: TableShape, resource: Resource, adopted: OwnersTable): Problem[] {
  const request = requestOf(resource, adopted, { columns: [], mode: 'update', owner: NOBODY, referred: new Map() });
  const { key, organization } = request;
  const columns = organization ? [...key, organization.column] : key;
  const tells = (names: readonly string[]) => names.every((name) => columns.includes(name));
  if (shape.keys.some((index) => tells(index.columns.map(({ name }) => name)))) return [];
  return refuseKey(shape, request).map((refusal) => toProblem(resource, refusal));
}

/** Whoever records are of, what is refused is the same. */
const NOBODY = { slug: '', id: '00000000-0000-0000-0000-000000000000' };

function refusalsOf(
  { shape, referred }: Shapes,
  resource: Resource,
  adopted: OwnersTable,
  mode: WriteMode,
): readonly Refusal[] {
  const planned = planWrite(
    shape,
    requestOf(resource, adopted, { columns: givenColumns(resource), mode, owner: NOBODY, referred }),
  );
  return 'refusals' in planned ? planned.refusals : [];
}

function toProblem(resource: Resource, { code, message, column }: Refusal): Problem {
  const { declaration, columns, adopted } = resource;
  if (code === 'key_not_unique' || code === 'missing_key') return { field: 'declaration/primaryKey', message };
  const reference = adopted?.references.find((one) => one.column === column);
  if (reference) return { field: `${pointerTo(resource, reference)}/openbulk`, message };
  const field = columns.find(({ sql }) => column !== undefined && catalogName(sql) === column)?.name;
  const index = declaration.fields.findIndex(({ name }) => name === field);
  if (index < 0) return { field: TABLE, message };
  if (code !== 'read_only_column') return { field: `declaration/fields/${index}`, message };
  return {
    field: `declaration/fields/${index}/openbulk/readOnly`,
    message: message.replace('Leave it out.', 'Write "readOnly": true.'),
  };
}

function remarksOf(shapes: Shapes, resource: Resource, adopted: OwnersTable): string[] {
  if (!resource.operations.includes('import')) return [];
  const remarks: string[] = [];
  for (const mode of MODES) {
    const refusals = refusalsOf(shapes, resource, adopted, mode);
    if (refusals.length > 0)
      remarks.push(`Imports cannot ${DOES[mode]}: ${refusals.map(({ message }) => message).join(' ')}`);
  }
  const { shape, referred } = shapes;
  const columns = givenColumns(resource);
  const planned = planWrite(shape, requestOf(resource, adopted, { columns, mode: 'upsert', owner: NOBODY, referred }));
  if ('plan' in planned && adopted.writes.asSets && !planned.plan.sets) {
    remarks.push(`Lines are written one by one, although asSets is true. ${planned.plan.againstSets.join(' ')}`);
  }
  const unknown = (adopted.writes.harmlessTriggers ?? []).filter(
    (name) => !shape.triggers.some((one) => one.name === name),
  );
  if (unknown.length > 0) remarks.push(`The table has no trigger ${unknown.join(', ')}, which harmlessTriggers names.`);
  return remarks;
}

const DOES = {
  upsert: 'insert and update records',
  'insert-or-skip': 'insert records',
  update: 'update records',
} as const;
