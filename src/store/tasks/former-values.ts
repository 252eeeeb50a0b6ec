import type { Queryable, Transaction } from '../connection/pool.ts';
import { sql } from '../connection/sql.ts';

/** Values by column, as texts; null for none. */
export type Texts = Readonly<Record<string, string | null>>;

/** The records of an organization's resource, by its name. */
export interface OfResource {
  readonly organizationId: string;
  readonly resource: string;
}

/** What a record had before a task set something else for a time. */
export interface FormerValues {
  /** The task that puts it back. */
  readonly taskId: string;
  readonly record: string;
  /** Which came first. */
  readonly put: number;
  readonly former: Texts;
  /** What the record had when it was set. */
  readonly written: Texts;
}

/** What a task that puts values back is made of, beside what it has of the task whose values they are. */
export interface Reverting {
  readonly id: string;
  /** The task that sets values for a time. */
  readonly of: string;
  readonly action: string;
  readonly config: unknown;
  readonly until: Date;
}

/** Makes the task that puts values back at the end of their time, unless it is there. */
export async function insertReverting(tx: Transaction, { id, of, action, config, until }: Reverting): Promise<void> {
  await tx.query(
    sql`insert into tasks (id, organization_id, operation, action, origin, config, created_by, resource_id, scheduled_at, status)
      select ${id}, organization_id, 'act', ${action}, origin, ${config}, created_by, resource_id, ${until}, 'scheduled'
      from tasks where id = ${of} on conflict (id) do nothing`,
  );
}

/** Keeps what records had, in this order; whoever does it has locked the records. */
export async function keepFormer(
  tx: Transaction,
  { organizationId, resource }: OfResource,
  kept: readonly Omit<FormerValues, 'put'>[],
): Promise<void> {
  if (kept.length === 0) return;
  await tx.query(
    sql`insert into former_values (task_id, organization_id, resource, record, former, written)
      select ${kept[0]?.taskId}, ${organizationId}, ${resource}, record, former, written
      from unnest(${kept.map(({ record }) => record)}::text[], ${kept.map(({ former }) => JSON.stringify(former))}::jsonb[],
        ${kept.map(({ written }) => JSON.stringify(written))}::jsonb[]) with ordinality k(record, former, written, n) order by n`,
  );
}

/** What is kept of some records, in the order in which it was. */
export async function formerValues(
  db: Queryable,
  { organizationId, resource }: OfResource,
  records: readonly string[],
): Promise<FormerValues[]> {
  const { rows } = await db.query<FormerValues>(
    sql`select task_id as "taskId", record, put, former, written from former_values
      where organization_id = ${organizationId} and resource = ${resource} and record = any(${records}::text[]) order by put`,
  );
  return rows;
}

/** Forgets what some records had in these columns: they have got another value for good. */
export async function forgetFormer(
  tx: Transaction,
  { organizationId, resource }: OfResource,
  { records, columns }: { readonly records: readonly string[]; readonly columns?: readonly string[] },
): Promise<void> {
  const those = sql`organization_id = ${organizationId} and resource = ${resource} and record = any(${records}::text[])`;
  if (!columns) {
    await tx.query(sql`delete from former_values where ${those}`);
    return;
  }
  await tx.query(
    sql`update former_values set former = former - ${columns}::text[], written = written - ${columns}::text[]
      where ${those} and former ?| ${columns}::text[]`,
  );
}

/** Replaces what is kept. */
export async function replaceFormer(tx: Transaction, changed: readonly FormerValues[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.query(
    sql`update former_values f set former = c.former
      from unnest(${changed.map(({ taskId }) => taskId)}::uuid[], ${changed.map(({ put }) => put)}::bigint[],
        ${changed.map(({ former }) => JSON.stringify(former))}::jsonb[]) c(task_id, put, former)
      where f.task_id = c.task_id and f.put = c.put`,
  );
}

/** The records whose values a task puts back, behind the one that was put so; `size` at most, in the order in which they were. */
export async function recordsToRevert(
  db: Queryable,
  taskId: string,
  { after, size }: { readonly after: number; readonly size: number },
): Promise<{ put: number; record: string }[]> {
  const { rows } = await db.query<{ put: number; record: string }>(
    sql`select put, record from former_values where task_id = ${taskId} and put > ${after} order by put limit ${size}`,
  );
  return rows;
}

/** How many records a task has to put values back of. */
export async function countToRevert(db: Queryable, taskId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>('select count(*) as count from former_values where task_id = $1', [
    taskId,
  ]);
  return (rows[0] as { count: number }).count;
}

/** Removes what is put back, or cannot be. */
export async function dropReverted(tx: Transaction, taskId: string, puts: readonly number[]): Promise<void> {
  await tx.query(sql`delete from former_values where task_id = ${taskId} and put = any(${puts}::bigint[])`);
}
