import type { Queryable } from '../connection/pool.ts';
import { quoteName } from '../connection/quote.ts';

/** Of the table in another database that says which chunks are applied there. */
export const MARKERS = { schema: 'openbulk', table: 'applied_chunks' } as const;

const MAKE_SCHEMA = 'create schema openbulk';
const MAKE_TABLE = `create table openbulk.applied_chunks (
  engine uuid not null, task_id uuid not null, chunk integer not null, lease_token bigint not null,
  evidence jsonb, applied_at timestamptz not null default clock_timestamp(), primary key (task_id, chunk))`;

/** What is missing of the table for markers, as statements: those that the role can run itself, or those that an administrator must run. */
export interface MissingMarkers {
  readonly statements: readonly string[];
  readonly byAdministrator: boolean;
}

/** Looks whether markers can be written in a database. @returns what it takes; `undefined` when they can */
export async function findMissingMarkers(db: Queryable): Promise<MissingMarkers | undefined> {
  const { rows } = await db.query<Found>(FIND, [MARKERS.schema, MARKERS.table]);
  const { schema, table, usable, mayMakeSchema, mayMakeTable, role } = rows[0] as Found;
  if (usable) return undefined;
  if (!table && (schema ? mayMakeTable : mayMakeSchema)) {
    return { statements: [...(schema ? [] : [MAKE_SCHEMA]), MAKE_TABLE], byAdministrator: false };
  }
  const to = quoteName(role);
  return {
    statements: [
      ...(schema ? [] : [MAKE_SCHEMA]),
      ...(table ? [] : [MAKE_TABLE]),
      `grant usage on schema openbulk to ${to}`,
      `grant select, insert, update, delete on openbulk.applied_chunks to ${to}`,
    ],
    byAdministrator: true,
  };
}

interface Found {
  readonly schema: boolean;
  readonly table: boolean;
  readonly usable: boolean;
  readonly mayMakeSchema: boolean;
  readonly mayMakeTable: boolean;
  readonly role: string;
}

// From the catalogue: whoever may not use a schema may not even ask for a table in it by name.
const FIND = `
  select n.oid is not null as schema, c.oid is not null as "table", current_user as role,
    has_database_privilege(current_database(), 'CREATE') as "mayMakeSchema",
    n.oid is not null and has_schema_privilege(n.oid, 'CREATE') and has_schema_privilege(n.oid, 'USAGE') as "mayMakeTable",
    c.oid is not null and has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT')
      and has_table_privilege(c.oid, 'INSERT') and has_table_privilege(c.oid, 'UPDATE') and has_table_privilege(c.oid, 'DELETE') as usable
  from (values (1)) one left join pg_namespace n on n.nspname = $1 left join pg_class c on c.relnamespace = n.oid and c.relname = $2`;

/**
 * Makes the table for markers, where it is not there and the role may.
 *
 * @returns what an administrator must run; none: markers can be written
 */
export async function makeMarkers(db: Queryable): Promise<readonly string[]> {
  for (let tries = 1; ; tries += 1) {
    const missing = await findMissingMarkers(db);
    if (!missing) return [];
    if (missing.byAdministrator || tries > 2) return missing.statements;
    try {
      for (const statement of missing.statements) await db.query(statement);
    } catch (error) {
      // Another process may have made it at the same time.
      if (tries === 2) throw error;
    }
  }
}

/** Why lines cannot be written into a database, and what an administrator can do about it. */
export function markersRefused(connection: string, statements: readonly string[]): string {
  return (
    `OpenBulk notes in the table openbulk.applied_chunks which lines are applied, and the role of the connection ${connection} can neither use ` +
    `nor make it. Have an administrator run in that database: ${statements.join('; ')};`
  );
}

/** Whether a schema of another database has the tables of an OpenBulk. */
export async function hasLedger(db: Queryable, schema: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = 'task_chunks'`,
    [schema],
  );
  return rowCount === 1;
}
