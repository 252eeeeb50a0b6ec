import type { Logger } from 'pino';
import type { FileStore } from '../../files/file-store.ts';
import type { Pool } from '../../store/connection/pool.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import type { RetentionDays } from '../../store/platform/retention.ts';

export interface SweepContext {
  readonly pool: Pool;
  readonly files: FileStore;
  /** Where records are that are not in `pool`'s database; not given: nowhere. */
  readonly elsewhere?: Elsewhere | undefined;
  readonly log: Logger;
  /** For organizations that set no periods of their own. */
  readonly retention: RetentionDays;
  /** The current time; the database's clock if not given. Leases always use the database's clock. */
  readonly now?: Date | undefined;
  /** Ends the sweep after the current batch. */
  readonly stop: AbortSignal;
}
