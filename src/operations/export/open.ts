import { type FileStore, newKey, type StoredBytes } from '../../files/file-store.ts';
import type { Pool, Transaction } from '../../store/connection/pool.ts';
import type { Elsewhere } from '../../store/elsewhere/databases.ts';
import { insertFile } from '../../store/files/files.ts';
import { adoptPart, announcePart, forgetParts } from '../../store/files/parts.ts';
import type { Claim } from '../../store/queue/claim.ts';
import type { Lease } from '../../store/queue/lease.ts';
import { type PlanRecord, savePlan } from '../../store/queue/task-work.ts';
import type { RecordSet } from '../../store/records/record-pages.ts';
import { newId } from '../../task/ids.ts';
import { emptyOutcomes } from '../../task/ledger.ts';
import type { ExportConfig, TaskCursor } from '../../task/task.ts';
import { resourceOf, withReferences } from '../catalogue.ts';
import { type ExportPlan, readPlan, toStoredPlan } from '../plans.ts';
import { type RecordsPlace, recordsPlace } from '../records-place.ts';
import type { Step, StepResult, Work } from '../work.ts';
import { wholeFile } from './assemble.ts';
import { recordFormat } from './format.ts';
import { openPages, type Pages, type Piece, readPieces } from './pages.ts';
import { clearDrafts, discardDrafts } from './parts.ts';
import { beginPlan, recordSet, survey } from './plan.ts';

/** An export, opened. */
interface Export {
  readonly pool: Pool;
  readonly files: FileStore;
  readonly lease: Lease;
  readonly place: RecordsPlace;
  readonly set: RecordSet;
  readonly format: ExportConfig['format'];
}

/**
 * Opens an export at its cursor. First its records are counted, and the columns found that a CSV has. Then each step writes records
 * to a part of its own in the file store, and the last one puts the parts together. A part is the task's from the transaction
 * on that moves the cursor past it, so whatever crashes, every record is in exactly one.
 *
 * It is not a snapshot: a record is written as it is when its step reads it.
 *
 * @throws TaskError when it cannot be done
 */
export async function openExport(
  { pool, files, elsewhere }: { readonly pool: Pool; readonly files: FileStore; readonly elsewhere?: Elsewhere },
  claim: Claim,
  config: ExportConfig,
): Promise<Work> {
  const { lease } = claim;
  const { organizationId } = lease;
  const resource = await withReferences(pool, organizationId, await resourceOf(pool, claim));
  const place = await recordsPlace({ pool, elsewhere }, resource, organizationId);
  const known = readPlan('export', claim.plan);
  const begun = known ?? (await beginPlan(place, { organizationId, config }));
  const work: Export = {
    pool,
    files,
    lease,
    place,
    set: recordSet(organizationId, place.resource, begun.criteria),
    format: config.format,
  };
  // Of most exports, all records are looked at here.
  const plan = known ?? (await surveyOn(work, begun));
  await clearDrafts({ pool, files }, lease.taskId);
  const opened = exportWork(work, plan, claim.cursor ?? START);
  return known ? opened : Object.assign(opened, { plan: planRecord(plan) });
}

const START: TaskCursor = { offset: 0, line: 0 };
/** Records are looked at before the first is written for so long at a time, ms, unless a single statement takes longer. */
const SURVEY_MILLISECONDS = 300;

function surveyOn({ place, set, format }: Export, plan: ExportPlan): Promise<ExportPlan> {
  return survey(place, set, { plan, format, milliseconds: SURVEY_MILLISECONDS });
}

function planRecord(plan: ExportPlan): PlanRecord {
  return { plan: toStoredPlan('export', plan), cursor: START, ...(!plan.surveyed && { total: plan.total }) };
}

function exportWork(work: Export, opened: ExportPlan, cursor: TaskCursor): Work {
  const { pool, place, set, lease } = work;
  const { taskId } = lease;
  let plan = opened;
  let position = cursor;
  let pages: Pages | undefined;
  /** The keys of what is written and perhaps not committed. */
  let drafts: string[] = [];

  async function draft(firstRow: number, bytes: AsyncIterable<Buffer>): Promise<StoredBytes> {
    const key = newKey();
    drafts = [key];
    await announcePart(pool, { key, taskId, firstRow });
    return work.files.put(bytes, key);
  }

  async function surveyStep(): Promise<Step> {
    plan = await surveyOn(work, plan);
    const record = planRecord(plan);
    return {
      async apply(tx) {
        await savePlan(tx, lease, record);
        return { ...result(START, START), done: false };
      },
    };
  }

  async function partStep(last: string, size: number): Promise<Step> {
    const start = position;
    pages ??= openPages({ place, set, last, format: formatOf(work, plan) });
    const bytes = bytesOf(readPieces(pages, start, size), (reached) => {
      position = reached;
    });
    const first = await bytes.next();
    const part = first.done ? undefined : await draft(start.offset, joined(first.value, bytes));
    return adoptStep(part, start, position);
  }

  function lastStep(): Step {
    const rows = position.offset;
    const id = newId();
    let file: StoredBytes | undefined;
    return {
      async prepare(stop) {
        const whole = { format: formatOf(work, plan), rows };
        file = await draft(rows, wholeFile({ ...work, taskId }, whole, stop));
      },
      async apply(tx) {
        if (!file) throw new Error('The file was not assembled.');
        const { name } = set.resource;
        const { mimetype } = formatOf(work, plan);
        await insertFile(tx, set.organizationId, { ...file, id, originalName: `${name}.${work.format}`, mimetype });
        await forgetParts(tx, [file.key]);
        return { ...result(position, position), done: true, resultFileId: id };
      },
    };
  }

  return {
    get cursor() {
      return position;
    },
    async next(size) {
      const { last } = plan;
      if (plan.surveyed) return surveyStep();
      return last === null || position.after === last ? lastStep() : partStep(last, size);
    },
    async close() {
      // If the database cannot be reached, housekeeping removes what is left.
      await discardDrafts(work, taskId, drafts).catch(() => {});
    },
  };
}

function formatOf({ format, set }: Export, { openNames }: ExportPlan) {
  return recordFormat(format, set.resource, openNames);
}

/** The bytes of the pieces that have some. */
async function* bytesOf(pieces: AsyncIterable<Piece>, reach: (cursor: TaskCursor) => void): AsyncGenerator<Buffer> {
  for await (const { bytes, cursor } of pieces) {
    reach(cursor);
    if (bytes.length > 0) yield bytes;
  }
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** @param part not given: none of the records that were looked at is one */
function adoptStep(part: StoredBytes | undefined, start: TaskCursor, cursor: TaskCursor): Step {
  return {
    async apply(tx: Transaction) {
      if (part) await adoptPart(tx, part);
      return { ...result(start, cursor), done: false };
    },
  };
}

function result(start: TaskCursor, cursor: TaskCursor): Omit<StepResult, 'done'> {
  const rows = cursor.offset - start.offset;
  return { outcomes: emptyOutcomes(), start, lastLine: 0, cursor, progress: cursor.offset, rows };
}
