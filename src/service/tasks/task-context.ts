import type { FileStore } from '../../files/file-store.ts';
import type { Pool } from '../../store/connection/pool.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import type { Turns } from '../../store/queue/turns.ts';
import type { Quotas } from '../platform/quotas.ts';

/** What the use cases on tasks work with. */
export interface TaskContext {
  readonly pool: Pool;
  /** Where records are that are not in its database; not given: nowhere. */
  readonly elsewhere?: Elsewhere;
  readonly turns: Turns;
  readonly files: FileStore;
  /** How much an organization may have; not given: as much as it likes. */
  readonly quotas?: Quotas;
}

/** What making a task takes. */
export type SubmitContext = Pick<TaskContext, 'pool' | 'turns' | 'quotas'>;

/** Which task is meant; the id as a UUID. */
export interface TaskRef {
  readonly organizationId: string;
  readonly id: string;
}
