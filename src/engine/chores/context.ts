import type { Logger } from 'pino';
import type { FileStore } from '../../files/file-store.ts';
import type { Pool } from '../../store/connection/pool.ts';
import type { RetentionDays } from '../../store/platform/retention.ts';

export interface ChoreContext {
  readonly pool: Pool;
  readonly files: FileStore;
  readonly log: Logger;
  /** For organizations that set no periods of their own. */
  readonly retention: RetentionDays;
  /** What time it is; the database's clock when not given. Leases are always by that one. */
  readonly now?: Date | undefined;
  /** Ends the round after the batch at hand. */
  readonly stop: AbortSignal;
}
