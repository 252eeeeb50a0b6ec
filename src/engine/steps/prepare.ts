import type { FileStore } from '../../files/file-store.ts';
import { openAct } from '../../operations/act/open.ts';
import { openExport } from '../../operations/export/open.ts';
import { openImport } from '../../operations/import/open.ts';
import { openPatch } from '../../operations/patch/open.ts';
import type { Work } from '../../operations/work.ts';
import type { Pool } from '../../store/connection/pool.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import type { Claim } from '../../store/queue/claim.ts';
import { TaskError } from '../../task/errors.ts';

/** What opening a task's work takes. */
export interface WorkContext {
  readonly pool: Pool;
  readonly files: FileStore;
  /** Where records are that are not in `pool`'s database; not given: nowhere. */
  readonly elsewhere?: Elsewhere;
  /** What time it is, for what has an end; the database's clock when not given. */
  readonly clock?: () => Date;
}

/**
 * Opens a claimed task's work at its cursor, planning it the first time.
 *
 * @throws TaskError if the task cannot be processed; FileMissingError if its file no longer exists
 */
export async function prepare(context: WorkContext, claim: Claim): Promise<Work> {
  switch (claim.operation) {
    case 'import':
      return openImport(context, claim, claim.config);
    case 'patch':
      return openPatch(context, claim);
    case 'export':
      return openExport(context, claim, claim.config);
    case 'act':
      return openAct(context, claim, claim.config);
    default:
      throw new TaskError('unsupported_action', `This server does not know the action ${claim.action}.`);
  }
}
