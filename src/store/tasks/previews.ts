import type { Queryable, Transaction } from '../connection/pool.ts';
import { TERMINAL } from './statuses.ts';

export interface PreviewRow {
  readonly id: string;
  readonly expired: boolean;
  /** Whether it is of that action, and of what is asked for now. */
  readonly same: boolean;
}

/** The preview of an organization that has this token, compared with what is asked for now. */
export async function findPreview(
  db: Queryable,
  sought: {
    readonly organizationId: string;
    readonly tokenHash: string;
    readonly action: string;
    readonly asked: unknown;
  },
): Promise<PreviewRow | undefined> {
  const { rows } = await db.query<PreviewRow>(
    `select id, expires_at <= now() as expired, action = $3 and criteria = $4::jsonb as same from previews
     where organization_id = $1 and token_hash = $2`,
    [sought.organizationId, sought.tokenHash, sought.action, JSON.stringify(sought.asked)],
  );
  return rows[0];
}

/** Number of records that a preview sealed. @throws Error if it no longer exists, which the task that refers to it prevents */
export async function countSealed(db: Queryable, previewId: string): Promise<number> {
  const { rows } = await db.query<{ sealed: number }>('select sealed from previews where id = $1', [previewId]);
  if (!rows[0]) throw new Error(`The preview ${previewId} no longer exists.`);
  return rows[0].sealed;
}

/** Keeps a preview until the end of the transaction, which makes a task that refers to it. @returns whether it is still there */
export async function lockPreview(tx: Transaction, id: string): Promise<boolean> {
  const { rows } = await tx.query('select from previews where id = $1 for key share', [id]);
  return rows.length > 0;
}

/** Whether a task that is not over refers to the preview `p`. */
const NEEDED = `exists (select from tasks
  where config ? 'previewId' and config->>'previewId' = p.id::text and not (${TERMINAL}))`;

/**
 * Removes an organization's oldest previews beyond so many of them, or so many sealed records in all; the newest stays, and those that a
 * task needs.
 */
export async function deleteSurplusPreviews(
  tx: Transaction,
  organizationId: string,
  most: { readonly previews: number; readonly records: number },
): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from previews where id in (
       select id from (select id, row_number() over newest as place, sum(sealed) over newest as records from previews
         where organization_id = $1 window newest as (order by expires_at desc, id desc)) ranked
       where place > 1 and (place > $2 or records > $3))
     for update skip locked`,
    [organizationId, most.previews, most.records],
  );
  // Looked at once they are locked: a task that was made with one in time is seen now.
  await tx.query(`delete from previews p where id = any($1) and not ${NEEDED}`, [rows.map(({ id }) => id)]);
}

/**
 * Deletes expired previews that no task uses. They are kept for an hour longer than they can be used, since a
 * task that is being made with one in time cannot be seen yet.
 */
export async function deleteExpiredPreviews(db: Queryable): Promise<void> {
  await db.query(
    `delete from previews where id in (
       select id from previews p where expires_at < now() - interval '1 hour' and not ${NEEDED}
       for update skip locked)`,
  );
}
