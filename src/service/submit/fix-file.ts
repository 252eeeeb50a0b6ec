import { createHash, type Hash } from 'node:crypto';
import { csvLines } from '../../files/csv-lines.ts';
import { FileMissingError } from '../../files/file-store.ts';
import { LINE_COLUMN } from '../../operations/import/numbered.ts';
import { DEFAULT_LIMITS } from '../../readers/text/limits.ts';
import type { Queryable } from '../../store/connection/pool.ts';
import type { FindFix } from '../../store/ledger/fixed-lines.ts';
import { readLines } from '../../store/ledger/ledger.ts';
import { shown } from '../../task/errors.ts';
import { toHex24 } from '../../task/ids.ts';
import { isTerminal } from '../../task/lifecycle.ts';
import type { LineErrorCode } from '../../task/line-reasons.ts';
import type { Task } from '../../task/task.ts';
import type { InputLines, LinePlace } from '../lines/input-lines.ts';
import type { Cells } from '../lines/task-input.ts';
import { type Problem, ServiceError } from '../platform/service-error.ts';

/** A line as it should be, and where it stands in what was sent. */
export interface CorrectedLine extends Cells {
  /** Such as `rows[3]`, `line 17 of the file`. */
  readonly place: string;
  /** What the report says of cells that are beyond the header, where it says it. */
  readonly extra?: string;
}

/** What is said of a request at most. */
const MAX_PROBLEMS = 20;
/** For the line's number and the quotes. */
const SPARE_BYTES = 1024;

/** What was sent to correct a task's lines, as far as it was read. */
export class Sent {
  /** What the file is made of, in ascending order. */
  readonly lines: number[] = [];
  /** The first lines that need no correction any more, and how many there are. */
  readonly done: Problem[] = [];
  numDone = 0;
  /** Lines that could not be read when they were sent first, and are as they were then: to apply them would be to apply the damage. */
  numUntouched = 0;
  readonly #digest: Hash = createHash('sha256');

  /** @param fix the task that has the line already */
  add(line: number, text: string, place: string, fix: Task | undefined): void {
    this.#digest.update(text);
    if (!fix) {
      this.lines.push(line);
      return;
    }
    this.numDone += 1;
    if (this.numDone <= MAX_PROBLEMS) this.done.push({ field: place, message: whyDone(line, fix) });
  }

  /** Of all lines with errors that were sent, whatever became of them since: the same for the same order. */
  fingerprint(): string {
    return this.#digest.digest('hex');
  }
}

function whyDone(line: number, { id, status }: Task): string {
  return isTerminal(status)
    ? `has line ${line}, which task ${toHex24(id)} has already corrected`
    : `has line ${line}, which task ${toHex24(id)} is correcting; wait until it ends`;
}

interface Corrected {
  readonly id: string;
  readonly header: readonly string[];
  /** Of the file that it worked on, in cells: a report that was imported has its own columns behind those of `header`. */
  readonly width: number;
  readonly findFix: FindFix;
  /** Whether they come in a report, which has all lines, and not one by one. */
  readonly asReport: boolean;
  /** Opens what it worked on, to look up lines. */
  open(): InputLines<Cells>;
}

/**
 * The file that a task of corrected lines works on, piece by piece: the columns of the task that it corrects, and before them each
 * line's number. Left out are skipped lines, which a report has as well, and lines that need no correction any more.
 *
 * @param lines in ascending order
 * @param sent called for each line
 * @throws ServiceError `invalid` from reading it: a line that is no errored one of the task, twice, of the wrong width, or with a
 *   character that was lost on the way
 */
export async function* fixFile(
  db: Queryable,
  task: Corrected,
  lines: AsyncIterable<CorrectedLine> | Iterable<CorrectedLine>,
  sent: Sent,
): AsyncGenerator<Buffer> {
  const ledger = readLines(db, task.id, { outcomes: ['skipped', 'errored'] });
  const originals = openOriginals(task);
  const problems: Problem[] = [];
  let entry = await ledger.next();
  let last = 0;
  // Says what separates the cells: it need not be guessed from names that anybody chose.
  yield Buffer.from(`sep=,\r\n${csvLines([[LINE_COLUMN, ...task.header]])}`);
  try {
    for await (const { line, cells, place, extra } of lines) {
      while (!entry.done && entry.value.line < line) entry = await ledger.next();
      const found = !entry.done && entry.value.line === line ? entry.value : undefined;
      const text = csvLines([[String(line), ...cells]]);
      const known = found !== undefined;
      let message = whatIsWrong({ line, cells, last, text, known }, task.header.length);
      const damaged = found?.outcome === 'errored' && UNREAD.has(found.code);
      const before = !message && found && (damaged || text.includes(LOST)) ? await originals.find(found) : undefined;
      const untouched =
        task.asReport &&
        damaged &&
        before !== undefined &&
        areSame(cells, before) &&
        !areCleared(extra, before.slice(task.width));
      if (before && !untouched) message = whatWasLost(cells, damaged ? [] : before, task.header);
      last = line;
      if (message) problems.push({ field: place, message });
      if (problems.length === MAX_PROBLEMS) break;
      if (untouched) sent.numUntouched += 1;
      if (message || untouched || found?.outcome === 'skipped') continue;
      const fix = await task.findFix(line);
      sent.add(line, text, place, fix);
      if (!fix) yield Buffer.from(text);
    }
  } finally {
    await originals.close();
  }
  if (problems.length === 0 && sent.lines.length + sent.numDone === 0)
    problems.push({
      field: 'rows',
      message: sent.numUntouched > 0 ? UNTOUCHED : 'has no line to correct',
    });
  if (problems.length > 0) throw new ServiceError('invalid', 'The corrected lines cannot be accepted.', problems);
}

/** Why a line has no value, or others than were meant, as far as it could be read at all. */
const UNREAD: ReadonlySet<string> = new Set<LineErrorCode>([
  'invalid_encoding',
  'invalid_quoting',
  'ragged_row',
  'row_too_large',
]);

const UNTOUCHED = 'has only lines that could not be read and that are unchanged; correct their values';

/** @param before as the line was read, with fewer or more cells where it was ragged */
function areSame(cells: readonly string[], before: readonly string[]): boolean {
  return cells.every((cell, index) => cell === (before[index] ?? ''));
}

/** Whether cells beyond the header were removed by who looked at them. */
function areCleared(extra: string | undefined, before: readonly string[]): boolean {
  return extra?.trim() === '' && before.some((cell) => cell !== '');
}

/** U+FFFD, which programs write for a character that they could not read. */
const LOST = '\ufffd';

/** @param originals the line as it was sent first; without those of its cells that cannot be what was meant */
function whatWasLost(
  cells: readonly string[],
  originals: readonly string[],
  header: readonly string[],
): string | undefined {
  const at = cells.findIndex((cell, index) => cell.includes(LOST) && !originals[index]?.includes(LOST));
  if (at < 0) return undefined;
  return `has U+FFFD in the column ${shown(header[at] ?? '')}, which replaces a character that was lost: ${shown(cells[at] ?? '')}; enter the character again, and save the file as UTF-8`;
}

/** The lines of a task as they were sent; opened when the first is asked for. */
function openOriginals({ open }: Corrected) {
  let rows: InputLines<Cells> | undefined;
  return {
    async find(place: LinePlace): Promise<readonly string[]> {
      rows ??= open();
      try {
        return (await rows.find(place)).cells;
      } catch (error) {
        if (error instanceof FileMissingError) return [];
        throw error;
      }
    },
    close: async () => rows?.close(),
  };
}

interface Judged extends Cells {
  /** The line before it. */
  readonly last: number;
  readonly text: string;
  /** Whether the task did not apply it. */
  readonly known: boolean;
}

function whatIsWrong({ line, cells, last, text, known }: Judged, width: number): string | undefined {
  if (line === last) return `has line ${line} more than once`;
  if (!known) return `has line ${line}, which is not an errored line of this task`;
  if (cells.length !== width) return `has ${cells.length} cells, but the file has ${width} columns`;
  if (Buffer.byteLength(text) > DEFAULT_LIMITS.maxRecordBytes - SPARE_BYTES) return 'is longer than 1 MiB';
  return undefined;
}
