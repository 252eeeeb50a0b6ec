import { hash } from 'node:crypto';
import { catalogName, columnName, freeName, quoteName } from '../declaration/names.ts';
import { keyText, type Resource } from '../resource.ts';

/** Values that no two records of an organization have. */
export interface UniqueValues {
  readonly fields: readonly string[];
  /** As statements have them. */
  readonly columns: readonly string[];
}

/** Fields that name a record of a resource by its key. */
export interface Reference {
  readonly fields: readonly string[];
  /** Not given: the resource itself. */
  readonly resource?: string;
  /** Fields of that resource's key, in the order of `fields`. */
  readonly targets: readonly string[];
  /** The column that has the key that they name, as statements have it. No file gives it, and no list shows it. */
  readonly column: string;
}

/** A constraint of a table that is made for a resource. */
export interface TableConstraint {
  /** As PostgreSQL's catalogue has it. */
  readonly name: string;
  /** What follows the name where it is made. */
  readonly sql: string;
  readonly unique?: UniqueValues;
}

/** What a declaration says to be unique, but for the key: `uniqueKeys`, and fields with the constraint. */
export function uniqueValuesOf({ declaration, columns, adopted }: Resource): UniqueValues[] {
  if (adopted) return [];
  const { fields, uniqueKeys, primaryKey } = declaration;
  const alone = fields.filter(({ constraints }) => constraints.unique).map(({ name }) => [name]);
  const told = new Set([keyText(primaryKey.toSorted())]);
  return [...uniqueKeys, ...alone].flatMap((names) => {
    const one = keyText(names.toSorted());
    if (told.has(one)) return [];
    told.add(one);
    return [
      { fields: names, columns: names.map((name) => columns.find((column) => column.name === name)?.sql as string) },
    ];
  });
}

/** The foreign keys of a declaration. */
export function referencesOf({ declaration, columns, adopted }: Resource): Reference[] {
  if (adopted) return [];
  const taken = new Set(columns.map(({ sql }) => catalogName(sql)));
  return declaration.foreignKeys.map(({ fields, reference }) => {
    const column = freeName(columnName(`ref_${fields.join('_')}`), taken);
    taken.add(column);
    return {
      ...{ fields, targets: reference.fields, column: quoteName(column) },
      ...(reference.resource !== undefined && { resource: reference.resource }),
    };
  });
}

/** Whether the database may refuse a record that has passed the checks, since another one is there, or is not. */
export function isConstrained(resource: Resource): boolean {
  return uniqueValuesOf(resource).length > 0 || referencesOf(resource).length > 0;
}

/**
 * The constraints of a resource's table.
 *
 * @param table as the catalogue has it: names of constraints are unique in a schema
 * @param tableOf a resource that is referred to, as a statement has it
 */
export function constraintsOf(
  resource: Resource,
  table: string,
  tableOf: (reference: Reference) => string,
): TableConstraint[] {
  const unique = uniqueValuesOf(resource).map((unique) => ({
    ...{ name: nameOf(table, 'unique', unique.columns), unique },
    sql: `unique (organization_id, ${unique.columns.join(', ')})`,
  }));
  const references = referencesOf(resource).map((reference) => ({
    name: nameOf(table, 'reference', [reference.column, tableOf(reference)]),
    sql: `foreign key (organization_id, ${reference.column}) references ${tableOf(reference)} (organization_id, key)`,
  }));
  return [...unique, ...references];
}

function nameOf(table: string, kind: 'unique' | 'reference', parts: readonly string[]): string {
  return `${table.slice(0, 40)}_${hash('sha256', JSON.stringify([table, ...parts]), 'hex').slice(0, 8)}_${kind}`;
}
