import type { FileStore } from '../../files/file-store.ts';
import { readCsv } from '../../readers/csv/csv.ts';
import { describeCsv } from '../../readers/csv/describe-csv.ts';
import type { Batch, Row } from '../../readers/reader.ts';
import type { Resource } from '../../resources/resource.ts';
import { isConstrained } from '../../resources/tables/constraints.ts';
import type { Pool, Transaction } from '../../store/connection/pool.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import { notedSuspectKeys } from '../../store/ledger/suspect-keys.ts';
import type { Claim } from '../../store/queue/claim.ts';
import type { PlanRecord } from '../../store/queue/task-work.ts';
import type { WritePlan } from '../../targets/adopted/plan/plan.ts';
import type { CopyRows } from '../../targets/copy-rows.ts';
import { type ErroredLine, emptyOutcomes } from '../../task/ledger.ts';
import type { ImportConfig, TaskCursor } from '../../task/task.ts';
import { resourceOf } from '../catalogue.ts';
import { erroredLine, openInput, sourceOf } from '../input.ts';
import { readPlan, toStoredPlan } from '../plans.ts';
import type { Step, StepElsewhere, StepResult, Work } from '../work.ts';
import { planAdoptedImport } from './apply/adopted.ts';
import { planConstrainedImport } from './apply/constrained.ts';
import { type Destination, intoOurs, intoRefusing, modeOf, tellOutcomes } from './apply/destination.ts';
import { type BoundColumns, bindColumns, columnWarnings } from './bind-columns.ts';
import { type Check, compileCheck, isLineError } from './check.ts';
import { afterApplied, openThere, requireMarkers } from './elsewhere.ts';
import { fileRows } from './file-rows.ts';
import { leftOutWarnings } from './numbered.ts';
import { type KnownReference, knownReferences } from './references.ts';
import { findSuspectKeys, suspectWarnings } from './suspect-keys.ts';

/**
 * Opens an import at its cursor. The first time, looks at the file and plans the task.
 *
 * @throws TaskError when the file cannot be processed; FileMissingError if it no longer exists
 */
export async function openImport(
  { pool, files, elsewhere }: ImportContext,
  claim: Claim,
  config: ImportConfig,
): Promise<Work> {
  const resource = await resourceOf(pool, claim);
  const there = await openThere({ pool, elsewhere }, resource, claim);
  const source = sourceOf(files, claim);
  const references = await knownReferences(pool, claim.lease.organizationId, resource);
  let plan = readPlan('import', claim.plan);
  let found: PlanRecord | undefined;
  if (!plan) {
    const { encoding, allowShortRows } = config;
    const format = await describeCsv(source, {
      ...(encoding !== undefined && { encoding }),
      ...(allowShortRows && { allowShortRows }),
    });
    const { header, report } = fileRows(format.header, config.numbered === true);
    const columns = bindColumns(resource, config, header);
    const write = await planWriting({ pool, there }, claim, { resource, config, bound: columns, references });
    plan = { format, columns, ...(write && { write }) };
    const warnings = [...leftOutWarnings(config), ...columnWarnings(resource, plan.columns, report)];
    found = { plan: toStoredPlan('import', plan), cursor: format.body, warnings };
  }
  const { convert, limits } = fileRows(plan.format.header, config.numbered === true);
  const cursor = claim.cursor ?? plan.format.body;
  const check = compileCheck(resource, config, plan.columns, references);
  const { taskId } = claim.lease;
  const destination = plan.write
    ? intoRefusing(claim.lease, { resource, config, write: plan.write, elsewhere: there })
    : intoOurs(claim.lease, { resource, config, check });
  const { format } = plan;
  const held: CopyRows[] = [];
  let chunk = 0;
  const startChunk = () => {
    held[chunk % HELD] ??= destination.newRows();
    return new CheckedRows(check, held[chunk % HELD] as CopyRows);
  };
  let checked: CheckedRows | undefined;
  const take = (row: Row) => {
    checked ??= startChunk();
    return checked.add(convert(row));
  };
  let warned = false;
  const toStep = (batch: Batch<number>, start: TaskCursor) => {
    const rows = checked ?? startChunk();
    checked = undefined;
    chunk += 1;
    const { repeatedHeader } = batch;
    const warnings: string[] = [];
    if (repeatedHeader !== undefined && !warned) {
      warned = true;
      warnings.push(`${REPEATED_HEADER} ${repeatedHeader}; every repetition was skipped.`);
    }
    const first = start.offset === format.body.offset;
    return importStep({ destination, resource, taskId, first, warnings }, rows, batch, start);
  };
  const openAt = (from: TaskCursor, told: readonly string[]) => {
    warned = told.some((warning) => warning.startsWith(REPEATED_HEADER));
    return openInput(readCsv(source, format, from, take, limits), from, toStep);
  };
  const work = destination.elsewhere
    ? afterApplied(destination.elsewhere, { ...claim, cursor }, openAt)
    : openAt(cursor, claim.warnings);
  return found ? Object.assign(work, { plan: found }) : work;
}

/** What an import is opened with. */
interface ImportContext {
  readonly pool: Pool;
  readonly files: FileStore;
  /** Where its records may be, if not in OpenBulk's database. */
  readonly elsewhere?: Elsewhere | undefined;
}

/** How the warning begins that a task gets once. */
const REPEATED_HEADER = 'The header is repeated on line';

/** Two chunks are with the database, one waits, and one is read (`ChunkSender`); what the one before those held is committed. */
const HELD = 4;

/** A chunk's lines, checked as they are read. */
class CheckedRows {
  readonly rows: CopyRows;
  readonly errored: ErroredLine[] = [];
  readonly #check: Check;

  constructor(check: Check, rows: CopyRows) {
    rows.clear();
    this.rows = rows;
    this.#check = check;
  }

  /** @returns the line */
  add(row: Row): number {
    const result = this.#check.run(row);
    if (isLineError(result)) this.errored.push({ line: row.line, ...result });
    else this.rows.add(row.line, result);
    return row.line;
  }
}

/** An import that is planned. */
interface Unplanned {
  readonly resource: Resource;
  readonly config: ImportConfig;
  readonly bound: BoundColumns;
  readonly references: readonly KnownReference[];
}

/** How lines are written into a table that may refuse one that has passed the checks; `undefined`: it refuses none. */
async function planWriting(
  { pool, there }: { readonly pool: Pool; readonly there: StepElsewhere | undefined },
  { lease }: Claim,
  { resource, config, bound, references }: Unplanned,
): Promise<WritePlan | undefined> {
  const { adopted } = resource;
  // A record is deleted one by one, too: others may refer to it.
  if (!adopted && !isConstrained(resource) && config.mode !== 'delete') return undefined;
  const { columns } = compileCheck(resource, config, bound, references);
  const { organizationId } = lease;
  const given = { resource, organizationId, columns, mode: modeOf(config), keepsBlanks: config.blankCells === 'keep' };
  if (!adopted) return planConstrainedImport(pool, given);
  const planOn = (db: Pool) => planAdoptedImport(pool, { ...given, db });
  if (!there) return planOn(pool);
  if (!config.dryRun) await requireMarkers(there.database);
  return there.database.read(planOn);
}

interface Import {
  readonly destination: Destination;
  readonly resource: Resource;
  readonly taskId: string;
  /** Whether it is the first chunk. */
  readonly first: boolean;
  /** Of what was read. */
  readonly warnings: readonly string[];
}

function importStep(
  { destination, resource, taskId, first: isFirst, warnings }: Import,
  { rows, errored }: CheckedRows,
  batch: Batch<number>,
  start: StepResult['start'],
): Step {
  const first = batch.rows[0] ?? 0;
  const last = batch.rows.at(-1) ?? 0;
  return {
    lines: { first, last },
    records: batch.rows.length,
    ...(destination.elsewhere && { elsewhere: destination.elsewhere, alone: true }),
    refused: (why) => erroredLine({ line: last, ...why }, batch, start),
    async apply(tx: Transaction, busy: () => void, there?: Transaction) {
      // A copy: the step may be done anew.
      const outcomes = { ...emptyOutcomes(), errored: [...errored] };
      const applying = destination.apply(tx, rows, busy, there);
      // While the database works.
      const suspectKeys = findSuspectKeys(resource, rows.keys);
      tellOutcomes(outcomes, rows, await applying);
      const before = batch.done && !isFirst ? await notedSuspectKeys(tx, taskId) : [];
      const suspects = batch.done ? suspectWarnings(resource, [...before, ...suspectKeys]) : [];
      const { cursor, consumed, done } = batch;
      const result = { outcomes, start, lastLine: last, cursor, progress: consumed, done };
      return { ...result, suspectKeys, warnings: [...warnings, ...suspects] };
    },
  };
}
