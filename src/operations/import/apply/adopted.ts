import { catalogName } from '../../../resources/declaration/names.ts';
import type { OwnersTable, Resource } from '../../../resources/resource.ts';
import type { Pool, Queryable, Transaction } from '../../../store/connection/pool.ts';
import { recallDryRun } from '../../../store/ledger/dry-runs.ts';
import { findOrganization } from '../../../store/platform/organizations.ts';
import type { WriteMode, WritePlan } from '../../../targets/adopted/plan/plan.ts';
import { planWrite } from '../../../targets/adopted/plan/plan-write.ts';
import { describeReferred, requestOf } from '../../../targets/adopted/plan/request.ts';
import { describeTable } from '../../../targets/adopted/shape/describe-table.ts';
import { openAdoptedTable } from '../../../targets/adopted/write/write-chunk.ts';
import type { CopyRows } from '../../../targets/copy-rows.ts';
import type { Became, Target, Written } from '../../../targets/target.ts';
import { TaskError } from '../../../task/errors.ts';
import { refusedByTable } from '../../../task/line-reasons.ts';
import { withReferences } from '../../catalogue.ts';

/** An import into a table that OpenBulk did not make. */
export interface AdoptedImport {
  /** The database that has the table. */
  readonly db: Queryable;
  readonly resource: Resource;
  readonly organizationId: string;
  /** That lines have, as statements have them. */
  readonly columns: readonly string[];
  readonly mode: WriteMode;
  readonly keepsBlanks: boolean;
}

/**
 * Finds out how the lines of a task are written into a resource's adopted table, as it is now.
 *
 * @throws TaskError `table_unfit` with everything that no line could pass
 */
export async function planAdoptedImport(pool: Pool, given: AdoptedImport): Promise<WritePlan> {
  const { db, organizationId, columns, mode, keepsBlanks } = given;
  const resource = await withReferences(pool, organizationId, given.resource);
  const adopted = resource.adopted as OwnersTable;
  const [shape, organization, referred] = [
    await describeTable(db, adopted),
    await findOrganization(pool, { id: organizationId }),
    await describeReferred(db, adopted),
  ];
  const table = `${adopted.schema}.${adopted.table}`;
  if (!shape || !organization) throw unfit(`The table ${table} does not exist.`);
  const lost = adopted.references.find(({ column }) => !referred.has(column))?.to;
  if (lost) throw unfit(`The table ${lost.schema}.${lost.table}, to which ${table} refers, does not exist.`);
  const request = requestOf(resource, adopted, { columns, mode, owner: organization, referred });
  const planned = planWrite(shape, { ...request, keepsBlanks });
  if ('plan' in planned) return planned.plan;
  throw unfit(planned.refusals.map(({ message }) => message).join(' '));
}

function unfit(why: string): TaskError {
  return new TaskError('table_unfit', why);
}

/** The table of a plan, whose faults name columns as files do. */
export function adoptedTarget({ columns, adopted }: Resource, plan: WritePlan): Target {
  const names = new Map<string, string | readonly string[]>(columns.map(({ name, sql }) => [catalogName(sql), name]));
  for (const { column, fields } of adopted?.references ?? []) names.set(column, fields);
  return openAdoptedTable(plan, (column) => names.get(column) ?? column);
}

/** Writes lines, and takes them back, in the transaction that records their outcomes. */
export function tryOut(target: Target): Rehearsal['write'] {
  return async (tx, rows, busy) => {
    tx.send('savepoint openbulk_rehearsal');
    const written = await target.write(tx, rows, busy);
    tx.send('rollback to savepoint openbulk_rehearsal');
    return written;
  };
}

/** What becomes of a line whose record the task has made, or found, before; else what it says tells. */
const AGAIN: Readonly<Partial<Record<WriteMode, Became>>> = {
  insert: 'errored',
  'insert-or-skip': 'exists',
  delete: 'errored',
};

/** A dry run of an import into an adopted table. */
interface Rehearsal {
  readonly taskId: string;
  /** Writes lines, and takes them back. */
  readonly write: (tx: Transaction, rows: CopyRows, busy: () => void) => Promise<Written>;
  readonly mode: WriteMode;
  /** As files name them. */
  readonly keyColumns: readonly string[];
}

/**
 * Finds out what a run would make of lines: they are written, and taken back. What triggers did outside of the transaction, and numbers
 * that sequences gave, stay. Of a key that an earlier chunk had, it is known what its record would hold.
 */
export async function rehearseAdopted(
  tx: Transaction,
  { taskId, write, mode, keyColumns }: Rehearsal,
  rows: CopyRows,
  busy: () => void,
): Promise<Written> {
  const written = await write(tx, rows, busy);
  const faulty = new Set(written.faults.map(({ index }) => index));
  const digests = new Map<string, string>();
  for (const [index, key] of rows.keys.entries()) if (!faulty.has(index)) digests.set(key, rows.digest(index));
  const before = await recallDryRun(tx, taskId, digests, () => {});
  const outcomes: Became[] = [...written.outcomes];
  const faults = [...written.faults];
  for (const [index, key] of rows.keys.entries()) {
    const held = before.get(key);
    if (held === undefined || faulty.has(index)) continue;
    const digest = rows.digest(index);
    before.set(key, digest);
    outcomes[index] = AGAIN[mode] ?? (held === digest ? 'unchanged' : 'updated');
    if (outcomes[index] === 'errored') {
      const code = mode === 'delete' ? 'not_found' : 'exists';
      faults.push({ index, columns: [], ...refusedByTable(code, { columns: keyColumns }) });
    }
  }
  return { outcomes, faults };
}
