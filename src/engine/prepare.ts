import type { FileStore } from '../files/file-store.ts';
import { type Check, compileCheck } from '../operations/import/check.ts';
import { type ImportPlan, planImport, planWarnings } from '../operations/import/plan.ts';
import { findAction } from '../operations/registry.ts';
import { openCsv } from '../readers/csv.ts';
import { type CsvFormat, describeCsv } from '../readers/describe-csv.ts';
import type { Resource } from '../resources/resource.ts';
import { type Claim, savePlan } from '../store/leases.ts';
import type { Pool } from '../store/pool.ts';
import { TaskError } from '../task/errors.ts';
import { type Chunks, openChunks } from './chunks.ts';

/** What the first slice finds out and later ones start from; kept with the task as JSON. */
interface Plan {
  readonly format: CsvFormat;
  readonly columns: ImportPlan;
}

/** A task made ready to go on at its cursor. */
export interface Prepared {
  readonly resource: Resource;
  readonly check: Check;
  readonly chunks: Chunks;
}

/**
 * Opens a claimed task's input at its cursor. The first time, looks at the input and plans the task.
 *
 * @throws TaskError when the input cannot be processed; FileMissingError when its file is gone
 */
export async function prepare(pool: Pool, files: FileStore, claim: Claim): Promise<Prepared> {
  const action = findAction(claim.action);
  if (!action) throw new TaskError('unsupported_action', `This server does not know the action ${claim.action}.`);
  const { resource } = action;
  const source = files.source(claim.file.key, claim.file.size);
  let plan = claim.plan as Plan | undefined;
  if (!plan) {
    const { encoding } = claim.config;
    const format = await describeCsv(source, encoding === undefined ? {} : { encoding });
    plan = { format, columns: planImport(resource, claim.config, format.header) };
    await savePlan(pool, claim.lease, plan, format.body, planWarnings(resource, plan.columns));
  }
  const cursor = claim.cursor ?? plan.format.body;
  const check = compileCheck(resource, claim.config, plan.columns);
  return { resource, check, chunks: openChunks(openCsv(source, plan.format, cursor), check, cursor) };
}
