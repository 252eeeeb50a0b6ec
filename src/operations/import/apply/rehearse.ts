import type { Transaction } from '../../../store/connection/pool.ts';
import { recallDryRun } from '../../../store/ledger/dry-runs.ts';
import type { CopyRows } from '../../../targets/copy-rows.ts';
import { type AppliedOutcome, applyImport } from './apply.ts';
import type { ImportTarget } from './target.ts';
import { weighRows } from './weigh.ts';

/**
 * Finds out what a run would make of the rows, and leaves the records as they are: rows whose keys no chunk before had are compared
 * with the records as they stand; of the others it is known what their records would hold, which is what the row before says.
 *
 * @param target of a dry run
 * @param busy called once the rows are on their way
 */
export async function rehearseImport(
  tx: Transaction,
  { taskId, target }: { readonly taskId: string; readonly target: ImportTarget },
  rows: CopyRows,
  busy: () => void,
): Promise<AppliedOutcome[]> {
  // Of a key that comes more than once, the last row stays.
  const digests = new Map(rows.keys.map((key, index) => [key, rows.digest(index)]));
  const before = await recallDryRun(tx, taskId, digests, busy);
  const indices = [...rows.keys.keys()];
  // Where none is inserted, only the records tell whether there is one.
  const first = target.inserts ? indices.filter((index) => !before.has(rows.keys[index] as string)) : indices;
  const outcomes = await applyImport(tx, target, rows, undefined, first);
  for (const [index, key] of rows.keys.entries()) {
    const held = before.get(key);
    if (held === undefined || !target.override || outcomes[index] === 'absent') continue;
    const digest = rows.digest(index);
    if (held !== digest) outcomes[index] = 'updated';
    before.set(key, digest);
  }
  weighRows(
    tx,
    target,
    rows,
    indices.filter((index) => outcomes[index] === 'inserted' || outcomes[index] === 'updated'),
  );
  return outcomes;
}
