import type { Queryable } from './pool.ts';

export interface PreviewRow {
  readonly id: string;
  readonly expired: boolean;
  /** Whether it is of that action and that criteria. */
  readonly same: boolean;
}

/** The preview of an organization that has this token, compared with what is asked for now. */
export async function findPreview(
  db: Queryable,
  sought: {
    readonly organizationId: string;
    readonly tokenHash: string;
    readonly action: string;
    readonly criteria: unknown;
  },
): Promise<PreviewRow | undefined> {
  const { rows } = await db.query<PreviewRow>(
    `select id, expires_at <= now() as expired, action = $3 and criteria = $4::jsonb as same from previews
     where organization_id = $1 and token_hash = $2`,
    [sought.organizationId, sought.tokenHash, sought.action, JSON.stringify(sought.criteria)],
  );
  return rows[0];
}

/** How many records a preview sealed. @throws Error when it is gone, which the task that refers to it does not let happen */
export async function countSealed(db: Queryable, previewId: string): Promise<number> {
  const { rows } = await db.query<{ sealed: number }>('select sealed from previews where id = $1', [previewId]);
  if (!rows[0]) throw new Error(`The preview ${previewId} is gone.`);
  return rows[0].sealed;
}

/**
 * Removes the previews whose time is over and that no task needs. They are kept for an hour longer than they can be used, since a
 * task that is being made with one in time cannot be seen yet.
 */
export async function deleteExpiredPreviews(db: Queryable): Promise<void> {
  await db.query(
    `delete from previews where id in (
       select id from previews p where expires_at < now() - interval '1 hour' and not exists (select from tasks
         where config ? 'previewId' and config->>'previewId' = p.id::text and status not in ('completed', 'failed', 'cancelled'))
       for update skip locked)`,
  );
}
