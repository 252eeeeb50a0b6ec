import type { Resource } from '../../../resources/resource.ts';
import type { Transaction } from '../../../store/connection/pool.ts';
import type { Lease } from '../../../store/queue/lease.ts';
import type { WriteMode, WritePlan } from '../../../targets/adopted/plan/plan.ts';
import type { LineFault } from '../../../targets/adopted/write/faults.ts';
import { CopyRows } from '../../../targets/copy-rows.ts';
import type { Became, Written } from '../../../targets/target.ts';
import type { ChunkOutcomes } from '../../../task/ledger.ts';
import { type LineError, refusedByTable } from '../../../task/line-reasons.ts';
import type { ImportConfig } from '../../../task/task.ts';
import type { StepElsewhere } from '../../work.ts';
import type { Check } from '../check.ts';
import { tryOutThere } from '../elsewhere.ts';
import { adoptedTarget, rehearseAdopted, tryOut } from './adopted.ts';
import { type AppliedOutcome, applyImport } from './apply.ts';
import { constrainedTarget } from './constrained.ts';
import { rehearseImport } from './rehearse.ts';
import type { ImportTarget } from './target.ts';

/** Where the lines of an import go. */
export interface Destination {
  /** Takes a chunk's lines as `apply` reads them. */
  newRows(): CopyRows;
  /** Applies a chunk's rows, or tries to. */
  readonly apply: (tx: Transaction, rows: CopyRows, busy: () => void, there?: Transaction) => Promise<Written>;
  /** Where the effect is made, if not in OpenBulk's database. */
  readonly elsewhere?: StepElsewhere;
}

/** A table of ours. */
export function intoOurs(
  lease: Lease,
  { resource, config, check }: { resource: Resource; config: ImportConfig; check: Check },
): Destination {
  const { taskId, organizationId } = lease;
  const { columns, openColumn } = check;
  const target: ImportTarget = {
    ...{ resource, organizationId, columns, override: config.override, dryRun: config.dryRun === true },
    keepsBlanks: config.blankCells === 'keep',
    inserts: config.mode !== 'update',
    memory: { known: undefined, changed: 0 },
    ...(openColumn !== undefined && { openColumn }),
  };
  const outcomesOf = (tx: Transaction, rows: CopyRows, busy: () => void) =>
    target.dryRun ? rehearseImport(tx, { taskId, target }, rows, busy) : applyImport(tx, target, rows, busy);
  return {
    newRows: () => new CopyRows({ organizationId }),
    apply: async (tx, rows, busy) => judge(config, resource, await outcomesOf(tx, rows, busy)),
  };
}

/** What a mode makes of a record that is there already, or is not. */
function judge({ mode }: ImportConfig, { key }: Resource, applied: AppliedOutcome[]): Written {
  if (mode === undefined) return { outcomes: applied as Became[], faults: [] };
  const [wrong, code] = mode === 'insert' ? (['skipped', 'exists'] as const) : (['absent', 'not_found'] as const);
  const outcomes: Became[] = [];
  const faults: LineFault[] = [];
  for (const [index, outcome] of applied.entries()) {
    outcomes.push(outcome === wrong ? 'errored' : (outcome as Became));
    if (outcome === wrong) faults.push({ index, columns: [], ...refusedByTable(code, { columns: key.columns }) });
  }
  return { outcomes, faults };
}

/** What an import does with a record that is there, or is not. */
export function modeOf({ mode, override }: ImportConfig): WriteMode {
  return mode ?? (override ? 'upsert' : 'insert-or-skip');
}

/** A table that may refuse a line that has passed the checks: one that OpenBulk did not make, or one with constraints. */
export function intoRefusing(
  lease: Lease,
  {
    resource,
    config,
    write,
    elsewhere,
  }: { resource: Resource; config: ImportConfig; write: WritePlan; elsewhere?: StepElsewhere | undefined },
): Destination {
  const target = resource.adopted ? adoptedTarget(resource, write) : constrainedTarget(resource, write);
  const newRows = () => target.rows();
  if (config.dryRun) {
    const tried = elsewhere ? tryOutThere(elsewhere.database, lease, target) : tryOut(target);
    const rehearsal = { taskId: lease.taskId, write: tried, mode: write.mode, keyColumns: resource.key.columns };
    return { newRows, apply: (tx, rows, busy) => rehearseAdopted(tx, rehearsal, rows, busy) };
  }
  const apply: Destination['apply'] = (tx, rows, busy, there = tx) => target.write(there, rows, busy);
  return { newRows, apply, ...(elsewhere && { elsewhere }) };
}

/** Puts each line where its outcome belongs, errored ones between those that the check refused. */
export function tellOutcomes(
  outcomes: ChunkOutcomes,
  { lines }: CopyRows,
  { outcomes: became, faults }: Written,
): void {
  const refused: (LineError & { readonly index: number })[] = [...faults];
  for (const [index, line] of lines.entries()) {
    const outcome = became[index] as Became;
    const list = LISTED[outcome];
    if (list) outcomes[list].push(line);
    else if (outcome === 'suppressed') refused.push({ index, ...refusedByTable('suppressed', { columns: [] }) });
  }
  if (refused.length === 0) return;
  for (const { index, code, column, reason } of refused)
    outcomes.errored.push({ line: lines[index] as number, code, ...(column !== undefined && { column }), reason });
  outcomes.errored.sort((a, b) => a.line - b.line);
}

/** Lists of the outcomes that need no reason. A line that a trigger discarded is not applied, whatever the trigger meant. */
const LISTED: Readonly<Record<Became, 'inserted' | 'updated' | 'deleted' | 'skipped' | undefined>> = {
  inserted: 'inserted',
  updated: 'updated',
  deleted: 'deleted',
  skipped: 'skipped',
  unchanged: 'skipped',
  exists: 'skipped',
  suppressed: undefined,
  errored: undefined,
};
