import type { FileStore } from '../files/file-store.ts';
import type { Pool } from '../store/pool.ts';
import type { Turns } from '../store/turns.ts';

/** What the use cases on tasks work with. */
export interface TaskContext {
  readonly pool: Pool;
  readonly turns: Turns;
  readonly files: FileStore;
}

/** Which task is meant; the id as a UUID. */
export interface TaskRef {
  readonly organizationId: string;
  readonly id: string;
}
