import { inTransaction, type Pool, type Queryable } from '../connection/pool.ts';
import { forgetFiles, lockFilesOf } from '../files/files.ts';
import { TERMINAL } from '../tasks/statuses.ts';

/** Seconds for which a reader keeps retention away from a task without saying so again; by the database's clock. */
const READ_SECONDS = 60;

/**
 * Keeps retention away from a task whose files and lines are being read, for a minute. It holds no connection meanwhile,
 * however slow the reader is.
 *
 * @returns whether they are still there: `false` when retention was first, or the task is deleted
 */
export async function holdTask(db: Queryable, taskId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update tasks set read_until = clock_timestamp() + make_interval(secs => $2) where id = $1 and historized_at is null`,
    [taskId, READ_SECONDS],
  );
  return rowCount === 1;
}

/** How long what was done is kept, in days. */
export interface RetentionDays {
  /** From the end of a task until its files and its lines go, and it is archived: hidden unless history is requested. */
  readonly results: number;
  /** From then until its summary goes, too. */
  readonly summary: number;
}

/** Tasks that share a period: those of one organization that were made in one dialect. */
export interface Scope {
  readonly organizationId: string;
  readonly origin: string;
  /** Those that came so far before this moment are due. */
  readonly before: Date;
}

/** What there is to do about a task: to purge its results, or to delete its summary. */
export type Stage = 'results' | 'summary';

/** `$1` of each is the organization, `$2` the origin, `$3` the moment before which they are due; each has an index of its own. */
const DUE = {
  results: { since: 'finished_at', where: `${TERMINAL} and purged_at is null` },
  summary: { since: 'purged_at', where: 'purged_at is not null' },
} as const satisfies Record<Stage, { since: string; where: string }>;

/** Scopes read at once. */
const SCOPES = 100;

/**
 * The scopes in which a task is due, a few at a time, each with the period that its organization set, or else the standard.
 *
 * @param origins every dialect there is
 * @param now the database's clock when not given
 */
export async function* dueScopes(
  db: Queryable,
  stage: Stage,
  { origins, standard, now }: { origins: readonly string[]; standard: RetentionDays; now?: Date | undefined },
): AsyncGenerator<Scope> {
  const { since, where } = DUE[stage];
  for (let last: Scope | undefined; ; ) {
    const { rows } = await db.query<Scope>(
      `select s.* from (
         select o.id as "organizationId", d.origin, coalesce($3, clock_timestamp()) - make_interval(days => coalesce(p.${stage}_days, $2)) as before
         from organizations o cross join unnest($1::text[]) d(origin)
         left join retention_periods p on p.organization_id = o.id and p.origin = d.origin) s
       where ($4::uuid is null or (s."organizationId", s.origin) > ($4, $5)) and exists (select from tasks t
         where t.organization_id = s."organizationId" and t.origin = s.origin and ${where} and t.${since} <= s.before)
       order by s."organizationId", s.origin limit ${SCOPES}`,
      [origins, standard[stage], now ?? null, last?.organizationId ?? null, last?.origin ?? null],
    );
    yield* rows;
    last = rows.at(-1);
    if (!last) return;
  }
}

/**
 * Archives the oldest due tasks, at most `limit`: their lines and files can no longer be read. Those that
 * are being read are left for the next sweep, as are those that another sweep has locked.
 *
 * @param now the database's clock when not given
 * @returns the ids of those that can be purged now
 */
export async function historize(
  db: Queryable,
  scope: Scope,
  { limit, now }: { readonly limit: number; readonly now?: Date | undefined },
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `with due as (select id from tasks where organization_id = $1 and origin = $2 and ${DUE.results.where} and finished_at <= $3
       and (read_until is null or read_until < clock_timestamp())
       order by finished_at, id limit $4 for no key update skip locked)
     update tasks t set historized_at = coalesce(historized_at, $5, clock_timestamp()), version = version + 1
     from due where t.id = due.id returning t.id`,
    [scope.organizationId, scope.origin, scope.before, limit, now ?? null],
  );
  return rows.map(({ id }) => id);
}

/**
 * Deletes lines of historized tasks, `limit` chunks at most. Those that another sweep is deleting are waited for, since it may
 * be killed yet.
 *
 * @returns how many there were; 0 when none is left
 */
export async function deleteChunks(db: Queryable, taskIds: readonly string[], limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `with doomed as (select task_id, chunk from task_chunks where task_id = any($1) order by task_id, chunk limit $2 for update)
     delete from task_chunks c using doomed d where c.task_id = d.task_id and c.chunk = d.chunk`,
    [taskIds, limit],
  );
  return rowCount ?? 0;
}

/**
 * Marks historized tasks whose lines are gone as purged and forgets their files, as far as no other task needs them.
 *
 * @param now the database's clock when not given
 * @returns how many were purged
 */
export function purge(pool: Pool, taskIds: readonly string[], now?: Date): Promise<number> {
  return inTransaction(pool, async (tx) => {
    await tx.query('select from tasks where id = any($1) order by id for no key update', [taskIds]);
    await lockFilesOf(tx, taskIds);
    const { rows } = await tx.query<{ files: string[] }>(
      `with due as (select id, array_remove(array[file_id, result_file_id], null) as files from tasks where id = any($1) and purged_at is null)
       update tasks t set purged_at = coalesce($2, clock_timestamp()), file_id = null, result_file_id = null, plan = null,
         cursor = null, version = version + 1
       from due where t.id = due.id returning due.files`,
      [taskIds, now ?? null],
    );
    await forgetFiles(
      tx,
      rows.flatMap(({ files }) => files),
    );
    return rows.length;
  });
}

/** Deletes the oldest due summaries, `limit` at most. @returns how many there were */
export async function deleteSummaries(db: Queryable, scope: Scope, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `with due as (select id from tasks where organization_id = $1 and origin = $2 and ${DUE.summary.where} and purged_at <= $3
       order by purged_at, id limit $4 for update skip locked)
     delete from tasks t using due where t.id = due.id`,
    [scope.organizationId, scope.origin, scope.before, limit],
  );
  return rowCount ?? 0;
}
