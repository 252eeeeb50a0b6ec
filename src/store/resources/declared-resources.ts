import type { Submitter } from '../../task/task.ts';
import type { Queryable, Transaction } from '../connection/pool.ts';
import { raw, sql, statement } from '../connection/sql.ts';
import { TERMINAL } from '../tasks/statuses.ts';

/** A version of a declared resource, as it is stored. */
export interface StoredDeclaration {
  /** Of the version. */
  readonly id: string;
  /** Whose it is; null: every organization's. */
  readonly organizationId: string | null;
  readonly name: string;
  /** From 1. */
  readonly version: number;
  /** Its JSON, as it was written. */
  readonly declaration: string;
  readonly schema: string;
  readonly table: string;
  readonly createdAt: Date;
}

const COLUMNS = `id, organization_id as "organizationId", name, version, declaration::text as declaration,
  table_schema as schema, table_name as "table", created_at as "createdAt"`;

/** The versions in force that an organization has: those of every organization, and its own, by name. */
export async function declarationsOf(db: Queryable, organizationId: string): Promise<StoredDeclaration[]> {
  const { rows } = await db.query<StoredDeclaration>(IN_FORCE({ organizationId }));
  return rows;
}

const IN_FORCE = statement<{ organizationId: string }>(
  ($) => sql`
  select ${raw(COLUMNS)} from declared_resources
  where ended_at is null and (organization_id is null or organization_id = ${$.organizationId}) order by name`,
);

/** The versions in force of an owner: an organization, or, with null, every organization. */
export async function declarationsOfOwner(db: Queryable, organizationId: string | null): Promise<StoredDeclaration[]> {
  const { rows } = await db.query<StoredDeclaration>(
    `select ${COLUMNS} from declared_resources where ended_at is null and organization_id is not distinct from $1 order by name`,
    [organizationId],
  );
  return rows;
}

/** How many resources of its own each organization has, by the organization's slug, of those that have some. */
export async function countByOrganization(db: Queryable): Promise<{ slug: string; resources: number }[]> {
  const { rows } = await db.query<{ slug: string; resources: number }>(
    `select o.slug, count(*) as resources from declared_resources r join organizations o on o.id = r.organization_id
     where r.ended_at is null group by o.slug order by o.slug`,
  );
  return rows;
}

/** The version in force of a resource of that owner; null: of every organization. */
export async function findInForce(
  db: Queryable,
  organizationId: string | null,
  name: string,
): Promise<StoredDeclaration | undefined> {
  const { rows } = await db.query<StoredDeclaration>(
    `select ${COLUMNS} from declared_resources where organization_id is not distinct from $1 and name = $2 and ended_at is null`,
    [organizationId, name],
  );
  return rows[0];
}

/**
 * Keeps the version in force from being replaced until the end of the transaction, for a task that begins with it.
 *
 * @returns its id; `undefined` when there is none
 */
export async function holdInForce(tx: Transaction, organizationId: string, name: string): Promise<string | undefined> {
  const find = async () => (await tx.query<{ id: string }>(HOLD({ organizationId, name }))).rows[0]?.id;
  // One that was replaced while this waited for it has a successor, which the same statement did not see.
  return (await find()) ?? (await find());
}

const HOLD = statement<{ organizationId: string; name: string }>(
  ($) => sql`
  select id from declared_resources
  where ended_at is null and name = ${$.name} and (organization_id is null or organization_id = ${$.organizationId}) for share`,
);

/** How many versions there have been of a resource. */
export async function countVersions(db: Queryable, organizationId: string | null, name: string): Promise<number> {
  const { rows } = await db.query<{ versions: number }>(
    'select count(*) as versions from declared_resources where organization_id is not distinct from $1 and name = $2',
    [organizationId, name],
  );
  return (rows[0] as { versions: number }).versions;
}

/** A version, whether it is in force or not. */
export async function findDeclaration(db: Queryable, id: string): Promise<StoredDeclaration | undefined> {
  const { rows } = await db.query<StoredDeclaration>(FIND({ id }));
  return rows[0];
}

const FIND = statement<{ id: string }>(($) => sql`select ${raw(COLUMNS)} from declared_resources where id = ${$.id}`);

/**
 * Takes the name for this transaction: two that declare the same name come one after the other. Of a name that every organization has, too,
 * since no organization may have one of its own by that name.
 */
export async function lockResourceName(tx: Transaction, name: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(21, hashtext($1))`, [name]);
}

/** Who has a resource of that name in force: organizations, and null for every organization. */
export async function ownersOfName(db: Queryable, name: string): Promise<(string | null)[]> {
  const { rows } = await db.query<{ owner: string | null }>(
    'select organization_id as owner from declared_resources where name = $1 and ended_at is null',
    [name],
  );
  return rows.map(({ owner }) => owner);
}

/** Puts a version in force, after the one before it was ended. @returns its number */
export async function insertDeclaration(
  tx: Transaction,
  { createdBy, ...declared }: Omit<StoredDeclaration, 'createdAt' | 'version'> & { readonly createdBy?: Submitter },
): Promise<number> {
  const { rows } = await tx.query<{ version: number }>(
    `insert into declared_resources (id, organization_id, name, version, declaration, table_schema, table_name, created_by)
     select $1, $2, $3, 1 + coalesce(max(version), 0), $4, $5, $6, $7 from declared_resources
     where organization_id is not distinct from $2 and name = $3 returning version`,
    [
      declared.id,
      declared.organizationId,
      declared.name,
      declared.declaration,
      declared.schema,
      declared.table,
      createdBy ?? null,
    ],
  );
  return (rows[0] as { version: number }).version;
}

/** Ends the version in force, where there is one. No task begins with it afterwards. */
export async function endDeclaration(tx: Transaction, organizationId: string | null, name: string): Promise<void> {
  await tx.query(
    `update declared_resources set ended_at = clock_timestamp()
     where organization_id is not distinct from $1 and name = $2 and ended_at is null`,
    [organizationId, name],
  );
}

/** Whether a resource has tasks that are not over, with any of its versions. */
export async function hasOpenTasks(db: Queryable, organizationId: string | null, name: string): Promise<boolean> {
  const { rows } = await db.query<{ open: boolean }>(
    `select exists (select from tasks where not ${TERMINAL} and resource_id in
       (select id from declared_resources where organization_id is not distinct from $1 and name = $2)) as open`,
    [organizationId, name],
  );
  return rows[0]?.open === true;
}

/**
 * The names of resources in force that hold references to one of that name, in tables that nobody but they know of (`openbulk.column` of a foreign
 * key). Those of one organization, or of any where it is every organization's.
 */
export async function findReferring(db: Queryable, organizationId: string | null, name: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct d.name from declared_resources d cross join lateral json_array_elements(d.declaration -> 'foreignKeys') k
     where d.ended_at is null and d.name <> $2 and ($1::uuid is null or d.organization_id = $1)
       and k #>> '{reference,resource}' = $2 and k #>> '{openbulk,column}' is not null order by 1`,
    [organizationId, name],
  );
  return rows.map((row) => row.name);
}
