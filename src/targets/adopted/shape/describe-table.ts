import type { Queryable } from '../../../store/connection/wire.ts';
import { readColumns } from './columns.ts';
import {
  readConstraints,
  readReferences,
  readRules,
  readTriggers,
  readUniqueIndexes,
  type UniqueIndexes,
} from './constraints.ts';
import { readRelation, type TableName } from './relation.ts';
import type { ConstraintShape, KeyShape, TableShape } from './shape.ts';
import { readShown } from './view-columns.ts';

/**
 * Reads what a relation is, for the role that asks. It reads `pg_catalog` alone: `information_schema` hides what the role does not own.
 *
 * @returns undefined when there is none of that name
 */
export async function describeTable(db: Queryable, table: TableName): Promise<TableShape | undefined> {
  const relation = await readRelation(db, table);
  if (!relation) return undefined;
  const { oid, autoUpdatable, ...shape } = relation;
  const own: TableShape = {
    ...shape,
    columns: await readColumns(db, oid),
    ...mergeConstraints(await readUniqueIndexes(db, oid), await readConstraints(db, oid)),
    referencedBy: await readReferences(db, oid),
    triggers: await readTriggers(db, oid),
    rules: await readRules(db, oid),
  };
  const shown = autoUpdatable ? await readShown(db, oid) : undefined;
  const base = shown && (await describeTable(db, shown));
  return shown && base ? throughView(own, base, shown.columns) : own;
}

function mergeConstraints({ keys, otherKeys, constraints }: UniqueIndexes, others: readonly ConstraintShape[]) {
  return { keys, otherKeys, constraints: [...constraints, ...others] };
}

/** A view with what of its table holds for it, in the view's names of columns. */
function throughView(view: TableShape, base: TableShape, columns: Readonly<Record<string, string>>): TableShape {
  const shownAs = new Map(Object.entries(columns).map(([shown, column]) => [column, shown]));
  const behind = new Map(base.columns.map((column) => [column.name, column]));
  const isShown = (key: KeyShape) => key.columns.every(({ name }) => shownAs.has(name));
  return {
    ...view,
    columns: view.columns.map((column) => {
      const source = behind.get(columns[column.name] ?? '');
      if (!source) return column;
      const { notNull, hasDefault, generated, identity } = source;
      return {
        ...{ ...column, notNull, hasDefault: hasDefault || column.hasDefault },
        ...(generated && { generated }),
        ...(identity && { identity }),
      };
    }),
    keys: base.keys.filter(isShown).map((key) => ({
      ...key,
      columns: key.columns.map(({ name, equals }) => ({ name: shownAs.get(name) as string, equals })),
      included: key.included.flatMap((name) => shownAs.get(name) ?? []),
    })),
    otherKeys: base.otherKeys.map((key) => ({
      ...key,
      columns: key.columns.flatMap((name) => shownAs.get(name) ?? []),
    })),
    constraints: base.constraints.map((constraint) => ({
      ...constraint,
      columns: constraint.columns.flatMap((name) => shownAs.get(name) ?? []),
    })),
    referencedBy: base.referencedBy,
    triggers: [...view.triggers, ...base.triggers],
    rules: [...view.rules, ...base.rules],
    shows: { schema: base.schema, name: base.name, columns },
  };
}
