import { FileMissingError, type FileStore, newKey, type StoredBytes } from '../../files/file-store.ts';
import type { Resource } from '../../resources/resource.ts';
import { insertFile } from '../../store/files.ts';
import type { Claim, PlanRecord } from '../../store/leases.ts';
import { adoptPart, announcePart, forgetParts, listParts } from '../../store/parts.ts';
import type { Pool, Transaction } from '../../store/pool.ts';
import { type RecordSet, readRecords } from '../../store/record-pages.ts';
import { TaskError } from '../../task/errors.ts';
import { newId } from '../../task/ids.ts';
import { emptyOutcomes } from '../../task/ledger.ts';
import type { ExportConfig, TaskCursor } from '../../task/task.ts';
import { resourceOf } from '../registry.ts';
import type { Step, StepResult, Work } from '../work.ts';
import { type RecordFormat, recordFormat } from './format.ts';
import { clearDrafts, discardDrafts } from './parts.ts';
import { type ExportPlan, planExport, recordSet } from './plan.ts';

/** An export, opened. */
interface Export {
  readonly pool: Pool;
  readonly files: FileStore;
  readonly taskId: string;
  readonly set: RecordSet;
  readonly last: string | null;
  readonly format: RecordFormat;
  readonly fileName: string;
}

/**
 * Opens an export at its cursor. Each step writes records to a part of its own in the file store; the last one puts the parts
 * together. A part is the task's from the transaction on that moves the cursor past it, so whatever crashes, every
 * record is in exactly one.
 *
 * It is no snapshot: a record is written as it is when its step reads it.
 *
 * @throws TaskError when it cannot be done
 */
export async function openExport(
  { pool, files }: { readonly pool: Pool; readonly files: FileStore },
  claim: Claim,
  config: ExportConfig,
): Promise<Work> {
  const resource = resourceOf(claim);
  const { taskId, organizationId } = claim.lease;
  const found = claim.plan === undefined ? await makePlan(pool, claim, resource, config) : undefined;
  const plan = (found?.plan ?? claim.plan) as ExportPlan;
  await clearDrafts({ pool, files }, taskId);
  const work = exportWork(
    {
      pool,
      files,
      taskId,
      set: recordSet(organizationId, resource, plan.criteria),
      last: plan.last,
      format: recordFormat(config.format, resource, plan.openNames),
      fileName: `${resource.name}.${config.format}`,
    },
    claim.cursor ?? START,
  );
  return found ? Object.assign(work, { plan: found }) : work;
}

const START: TaskCursor = { offset: 0, line: 0 };

async function makePlan(pool: Pool, { lease }: Claim, resource: Resource, config: ExportConfig): Promise<PlanRecord> {
  const { plan, total } = await planExport(pool, { organizationId: lease.organizationId, resource, config });
  return { plan, cursor: START, total };
}

function exportWork(work: Export, cursor: TaskCursor): Work {
  let start = cursor;
  let position = cursor;
  /** The keys of what is written and perhaps not committed. */
  let drafts: string[] = [];

  async function draft(bytes: AsyncIterable<Buffer>): Promise<StoredBytes> {
    const key = newKey();
    drafts = [key];
    await announcePart(work.pool, { key, taskId: work.taskId, firstRow: start.offset });
    return work.files.put(bytes, key);
  }

  return {
    get cursor() {
      return position;
    },
    async next(size) {
      start = position;
      const records = writeRecords(work, start, size);
      const first = await records.next();
      if (first.done) return lastStep(work, await draft(wholeFile(work, start.offset)), start);
      position = first.value.cursor;
      const part = await draft(bytesOf(first.value, records, (reached) => (position = reached)));
      return partStep(part, start, position);
    },
    async close() {
      // The sweep of useless parts finds what is left when the database is away.
      await discardDrafts(work, work.taskId, drafts).catch(() => {});
    },
  };
}

/** Records read at once: at first, and at most. */
const FIRST_ROWS = 100;
const MOST_ROWS = 1_000;

interface Piece {
  readonly bytes: Buffer;
  /** Behind its last record. */
  readonly cursor: TaskCursor;
}

/** At most `size` records from the cursor on, page by page. */
async function* writeRecords(
  { pool, set, last, format }: Export,
  from: TaskCursor,
  size: number,
): AsyncGenerator<Piece> {
  if (last === null) return;
  let cursor = from;
  for (let fitting = FIRST_ROWS; cursor.offset < from.offset + size; ) {
    const limit = Math.min(fitting, from.offset + size - cursor.offset);
    const records = await readRecords(pool, set, { after: cursor.after, last, limit });
    const after = records.at(-1)?.id;
    if (after === undefined) return;
    const bytes = Buffer.from(format.write(records, cursor.offset));
    const offset = cursor.offset + records.length;
    cursor = { offset, line: offset, after };
    yield { bytes, cursor };
    // Of large records fewer fit, and PostgreSQL should not look at many that it does not give.
    fitting = Math.min(records.length * 2, MOST_ROWS);
  }
}

async function* bytesOf(
  first: Piece,
  rest: AsyncIterable<Piece>,
  reach: (cursor: TaskCursor) => void,
): AsyncGenerator<Buffer> {
  yield first.bytes;
  for await (const { bytes, cursor } of rest) {
    reach(cursor);
    yield bytes;
  }
}

function partStep(part: StoredBytes, start: TaskCursor, cursor: TaskCursor): Step {
  return {
    async apply(tx: Transaction) {
      await adoptPart(tx, part);
      return { ...result(start, cursor), done: false };
    },
  };
}

/** The file as it is asked for: head, parts, tail. */
async function* wholeFile({ pool, files, taskId, format }: Export, rows: number): AsyncGenerator<Buffer> {
  yield Buffer.from(format.head);
  try {
    for await (const { key, size } of listParts(pool, taskId)) yield* files.source(key, size).open();
  } catch (error) {
    if (!(error instanceof FileMissingError)) throw error;
    throw new TaskError(
      'file_missing',
      'A part of this export is not in the file store any more. Make the export again.',
    );
  }
  yield Buffer.from(format.tail(rows));
}

function lastStep(work: Export, file: StoredBytes, cursor: TaskCursor): Step {
  const id = newId();
  return {
    async apply(tx: Transaction) {
      const { format, fileName: originalName } = work;
      const stored = { ...file, id, originalName, mimetype: format.mimetype };
      await insertFile(tx, work.set.organizationId, stored);
      await forgetParts(tx, [file.key]);
      return { ...result(cursor, cursor), done: true, resultFileId: id };
    },
  };
}

function result(start: TaskCursor, cursor: TaskCursor): Omit<StepResult, 'done'> {
  const rows = cursor.offset - start.offset;
  return { outcomes: emptyOutcomes(), start, lastLine: 0, cursor, progress: cursor.offset, rows };
}
