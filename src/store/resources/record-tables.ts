import { quoteName } from '../../resources/declaration/names.ts';
import type { Loss } from '../../resources/tables/plan-table.ts';
import type { Queryable, Transaction } from '../connection/pool.ts';

/**
 * The columns of a table, as a statement has them, and their types as PostgreSQL spells them (`format_type`); `undefined` when there is no
 * such table.
 */
export async function readColumns(
  db: Queryable,
  table: { readonly schema: string; readonly table: string },
): Promise<ReadonlyMap<string, string> | undefined> {
  const { rows } = await db.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where n.nspname = $1 and c.relname = $2 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table.schema, table.table],
  );
  return rows.length === 0 ? undefined : new Map(rows.map(({ name, type }) => [quoteName(name), type]));
}

/** The schema of a table that is named without one: the first of the search path that has it. @param table as a statement has it */
export async function findSchema(db: Queryable, table: string): Promise<string | undefined> {
  const { rows } = await db.query<{ schema: string }>(
    'select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)',
    [table],
  );
  return rows[0]?.schema;
}

/** The names of a table's constraints that `constraintsOf` has made. */
export async function readConstraints(
  db: Queryable,
  { schema, table }: { readonly schema: string; readonly table: string },
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select k.conname as name from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and k.conname ~ '_[0-9a-f]{8}_(unique|reference)$' order by k.conname`,
    [schema, table],
  );
  return rows.map(({ name }) => name);
}

/** How many values, or values together, more than one record of an organization has. @param table as a statement has it */
export async function countRepeated(db: Queryable, table: string, columns: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*) as count from (select from ${table} where ${columns.map((column) => `${column} is not null`).join(' and ')}
       group by organization_id, ${columns.join(', ')} having count(*) > 1) repeated`,
  );
  return (rows[0] as { count: number }).count;
}

/** How many columns a table has had, as PostgreSQL counts them towards its limit of 1,600: with those that were dropped. */
export async function countColumnsEver(
  db: Queryable,
  table: { readonly schema: string; readonly table: string },
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*) as count from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
     where n.nspname = $1 and c.relname = $2 and c.relkind = 'r' and a.attnum > 0`,
    [table.schema, table.table],
  );
  return (rows[0] as { count: number }).count;
}

/** How many records have a value that a change removes. @param table as a statement has it */
export async function countLosses(db: Queryable, table: string, { column, condition }: Loss): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(${column}) as count from ${table} where ${condition ?? 'true'}`,
  );
  return (rows[0] as { count: number }).count;
}

/** How many records a table of ours has, of all organizations. */
export async function countRecords(db: Queryable, table: string): Promise<number> {
  return countLosses(db, table, { column: '*' });
}

/**
 * Runs the statements of a plan. Who reads or writes the table at the same time is waited for, so long at most, since everybody else waits
 * behind this one.
 *
 * @throws `isLocked` where the table was not to be had in time
 */
export async function alterTables(
  tx: Transaction,
  { schema }: { readonly schema: string },
  statements: readonly string[],
): Promise<void> {
  await tx.query(`set local lock_timeout = '${LOCK_SECONDS}s'`);
  await tx.query(`create schema if not exists ${quoteName(schema)}`);
  for (const statement of statements) await tx.query(statement);
}

const LOCK_SECONDS = 5;

/** Removes a table of ours with its records. @throws `isLocked` as `alterTables` */
export async function dropTable(tx: Transaction, table: string): Promise<void> {
  await tx.query(`set local lock_timeout = '${LOCK_SECONDS}s'`);
  await tx.query(`drop table ${table}`);
}
