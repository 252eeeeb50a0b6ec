import type { Pool } from '../../store/connection/pool.ts';
import type { RetentionDays } from '../../store/platform/retention.ts';
import { selectPeriods, upsertPeriods } from '../../store/platform/retention-periods.ts';
import { type Origin, origins } from '../../task/origins.ts';

export type { RetentionDays } from '../../store/platform/retention.ts';

/** How long what is made in one dialect is kept in an organization. */
export interface Retention {
  readonly origin: Origin;
  readonly days: RetentionDays;
  /** Whether the organization set this; else it is the installation's standard. */
  readonly set: boolean;
}

/** An organization's periods, of every dialect. @param standard for those that it set none for */
export async function listRetention(
  { pool }: { pool: Pool },
  organizationId: string,
  standard: RetentionDays,
): Promise<Retention[]> {
  const set = await selectPeriods(pool, organizationId);
  return origins.map((origin) => ({ origin, days: set.get(origin) ?? standard, set: set.has(origin) }));
}

/** Sets an organization's periods, of one dialect or, without one, of all. They hold for tasks that exist already, too. */
export async function setRetention(
  { pool }: { pool: Pool },
  organizationId: string,
  { origin, days }: { readonly origin?: Origin | undefined; readonly days: RetentionDays },
): Promise<void> {
  await upsertPeriods(pool, organizationId, { origins: origin ? [origin] : origins, days });
}
