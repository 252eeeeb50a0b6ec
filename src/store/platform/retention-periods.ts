import type { Origin } from '../../task/origins.ts';
import type { Queryable } from '../connection/pool.ts';
import type { RetentionDays } from './retention.ts';

/** Sets an organization's periods for some dialects. */
export async function upsertPeriods(
  db: Queryable,
  organizationId: string,
  { origins, days }: { readonly origins: readonly Origin[]; readonly days: RetentionDays },
): Promise<void> {
  await db.query(
    `insert into retention_periods (organization_id, origin, results_days, summary_days)
     select $1, origin, $3, $4 from unnest($2::text[]) origin
     on conflict (organization_id, origin) do update set results_days = excluded.results_days, summary_days = excluded.summary_days`,
    [organizationId, origins, days.results, days.summary],
  );
}

/** The periods that an organization set, by dialect. */
export async function selectPeriods(db: Queryable, organizationId: string): Promise<Map<Origin, RetentionDays>> {
  const { rows } = await db.query<RetentionDays & { origin: Origin }>(
    'select origin, results_days as results, summary_days as summary from retention_periods where organization_id = $1',
    [organizationId],
  );
  return new Map(rows.map(({ origin, results, summary }) => [origin, { results, summary }]));
}
