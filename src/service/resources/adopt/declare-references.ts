import { pathOf, sameName } from '../../../resources/declaration/names.ts';
import { heldFields, type Resource } from '../../../resources/resource.ts';
import { compileStored } from '../../../resources/stored.ts';
import type { Queryable } from '../../../store/connection/pool.ts';
import { declarationsOf, declarationsOfOwner } from '../../../store/resources/declared-resources.ts';
import { describeTable } from '../../../targets/adopted/shape/describe-table.ts';
import type { ConstraintShape, TableShape } from '../../../targets/adopted/shape/shape.ts';
import type { TablePlace } from './adoption-rules.ts';

/** The foreign key of a declaration, and the fields that it makes of a column. */
export interface DeclaredReference {
  /** Of the table. */
  readonly column: string;
  readonly fields: readonly object[];
  readonly foreignKey: {
    readonly fields: readonly string[];
    readonly reference: object;
    readonly openbulk: { readonly column: string; readonly holds: string };
  };
}

/** A table that is being declared. */
interface Declaring {
  /** The database that has it. */
  readonly db: Queryable;
  readonly engine: Queryable;
  readonly shape: TableShape;
}

/** Its fields so far. */
interface DeclaredFields {
  /** Of the key. */
  readonly key: readonly string[];
  /** As a declaration has them, by the columns that they are of. */
  readonly fields: ReadonlyMap<string, readonly object[]>;
  /** Names of all fields. */
  readonly taken: readonly string[];
}

/** What a foreign key of a table refers to. */
type Foreign = ConstraintShape & { readonly references: NonNullable<ConstraintShape['references']> };

/**
 * Declares the foreign keys of a table by the keys that people know, where a resource has adopted the other table; else the column stays a field.
 *
 * @returns what a person should know of it besides, as sentences
 */
export async function declareReferences(
  { db, engine, shape }: Declaring,
  { owner, connection }: Pick<TablePlace, 'connection'> & { readonly owner?: string | null },
  own: DeclaredFields,
): Promise<{ readonly declared: readonly DeclaredReference[]; readonly remarks: readonly string[] }> {
  const foreign = shape.constraints.filter(
    (one): one is Foreign =>
      one.references !== undefined && one.columns.length === 1 && own.fields.has(one.columns[0] as string),
  );
  if (owner === undefined || foreign.length === 0) return { declared: [], remarks: [] };
  const adopted = await adoptedBy(engine, owner, connection);
  const declared: DeclaredReference[] = [];
  const remarks: string[] = [];
  const taken = [...own.taken];
  for (const one of foreign) {
    const column = one.columns[0] as string;
    if (declared.some((other) => other.column === column)) continue;
    const { schema, table, self, columns } = one.references;
    const holds = columns[0] as string;
    const other = self ? undefined : adopted.find((resource) => isOf(resource, one.references));
    const target = self ? ofItself(own) : other && ofResource(other);
    if (!target) {
      if (await isCounted(db, one)) remarks.push(aboutPlain(column, holds, `${schema}.${table}`));
      continue;
    }
    // It holds what people know already, or there is no such thing.
    if (target.columns.join() === holds || target.columns.length === 0) continue;
    const [replaced] = own.fields.get(column) as readonly [object];
    const others = taken.filter((name) => name !== nameOf(replaced));
    const names = nameFields(column, target.fields.map(nameOf), others);
    if (!names) continue;
    taken.splice(0, taken.length, ...others, ...names);
    declared.push({
      column,
      fields: target.fields.map((field, at) => ({ ...field, name: names[at] })),
      foreignKey: {
        fields: names,
        reference: { ...(other && { resource: other.name }), fields: target.fields.map(nameOf) },
        openbulk: { column, holds },
      },
    });
    remarks.push(`${column} is given by ${names.join(' and ')}, the key of ${other?.name ?? 'the table itself'}.`);
  }
  return { declared, remarks };
}

/** The key of another resource: fields as a declaration has them, and their columns. */
interface Target {
  readonly fields: readonly object[];
  readonly columns: readonly string[];
}

const nameOf = (field: object) => (field as { readonly name: string }).name;

function ofResource(resource: Resource): Target | undefined {
  const held = heldFields(resource);
  const { declaration, key } = resource;
  if (key.columns.some((name) => held.has(name))) return undefined;
  const fields = key.columns.map((name) => declaration.fields.find((field) => field.name === name));
  return {
    fields: fields.map((field) => ({
      name: field?.name,
      type: field?.type,
      ...(field?.format && { format: field.format }),
    })),
    columns: fields.map((field) => field?.openbulk.column ?? field?.name ?? ''),
  };
}

/** Without what a declaration says of the columns. */
function ofItself({ key, fields }: DeclaredFields): Target {
  const its = [...fields].filter(([, [field]]) => field && key.includes(nameOf(field)));
  return {
    fields: its.flatMap(([, [field]]) => {
      const { name, type, format } = field as {
        readonly name: string;
        readonly type: string;
        readonly format?: string;
      };
      return [{ name, type, ...(format !== undefined && { format }) }];
    }),
    columns: its.map(([column]) => column),
  };
}

/** Resources with an existing table that somebody has. */
async function adoptedBy(engine: Queryable, owner: string | null, connection: string | undefined): Promise<Resource[]> {
  const stored = await (owner === null ? declarationsOfOwner(engine, null) : declarationsOf(engine, owner));
  return stored
    .flatMap((one) => compileStored(one) ?? [])
    .filter(({ adopted }) => adopted && adopted.connection === connection);
}

function isOf({ adopted }: Resource, { schema, table }: Foreign['references']): boolean {
  return adopted?.schema === schema && adopted.table === table;
}

/** Whether the database counts what a foreign key refers to, so that nobody has it in a file. */
async function isCounted(db: Queryable, { references: { schema, table, columns } }: Foreign): Promise<boolean> {
  const other = await describeTable(db, { schema, table });
  const column = other?.columns.find(({ name }) => name === columns[0]);
  return column !== undefined && (column.hasDefault || column.identity !== undefined);
}

function aboutPlain(column: string, holds: string, table: string): string {
  return `${column} has ${holds} of ${table}, as the database counts it. To have files name those records by their key, adopt ${table} first, and this table again.`;
}

/** `customer.number` of `customer_id`: as other fields are not called. */
function nameFields(column: string, targets: readonly string[], taken: readonly string[]): string[] | undefined {
  const isFree = (name: string) =>
    taken.every((other) => {
      const [a, b] = [pathOf(sameName(name)), pathOf(sameName(other))];
      const shorter = Math.min(a.length, b.length);
      return a.slice(0, shorter).join('\0') !== b.slice(0, shorter).join('\0');
    });
  return [column.replace(/_?id$/i, ''), column]
    .filter((name) => name !== '')
    .map((prefix) => targets.map((target) => `${prefix}.${target}`))
    .find((names) => names.every(isFree));
}
