import type { FileStore } from '../files/file-store.ts';
import type { Batch, ByteSource, Reader } from '../readers/reader.ts';
import { readStart } from '../readers/text/bytes.ts';
import { TaskError } from '../task/errors.ts';
import { type ErroredLine, emptyOutcomes } from '../task/ledger.ts';
import type { StoredFile, TaskCursor } from '../task/task.ts';
import type { Step, StepResult, Work } from './work.ts';

/** A chunk never holds more source bytes than about this, however long its records are. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** A file up to this is read once, however often it is looked into: to open one takes longer than to read it. */
const SMALL_BYTES = 64 * 1024;

/** The bytes of a task's file. @throws TaskError when it has none */
export function sourceOf(files: FileStore, { file }: { readonly file?: StoredFile }): ByteSource {
  if (!file) throw new TaskError('file_missing', 'The task has no file.');
  const source = files.source(file.key, file.size);
  return source.size <= SMALL_BYTES ? readOnce(source) : source;
}

function readOnce(source: ByteSource): ByteSource {
  let bytes: Promise<Buffer> | undefined;
  return {
    size: source.size,
    async *open(offset = 0) {
      bytes ??= readStart(source.open(), source.size);
      const rest = (await bytes).subarray(offset);
      if (rest.length > 0) yield rest;
    },
  };
}

/** The result of a step with only one line, which the database cannot do. */
export function erroredLine(
  error: ErroredLine,
  { cursor, consumed, done }: Batch<unknown>,
  start: TaskCursor,
): StepResult {
  const outcomes = { ...emptyOutcomes(), errored: [error] };
  return { outcomes, start, lastLine: error.line, cursor, progress: consumed, done };
}

/**
 * Work on an input that is read in order: reads, and makes a step of each batch, at most one ahead of the step that is committed.
 *
 * @param cursor where `reader` starts
 * @param toStep checks a batch that starts at `start`
 */
export function openInput<Item>(
  reader: Reader<Item>,
  cursor: TaskCursor,
  toStep: (batch: Batch<Item>, start: TaskCursor) => Step,
): Work {
  interface Read {
    readonly step: Step;
    readonly batch: Batch<Item>;
  }
  let start = cursor;
  let position = cursor;
  let prefetched: Promise<Read> | undefined;
  let done = false;

  async function read(size: number): Promise<Read> {
    const from = position;
    const batch = await reader.read({ rows: size, bytes: CHUNK_BYTES });
    position = batch.cursor;
    return { step: toStep(batch, from), batch };
  }

  return {
    get cursor() {
      return start;
    },
    async next(size) {
      // Kept while it is read: whoever wants to read ahead meanwhile must not read as well.
      prefetched ??= read(size);
      const { step, batch } = await prefetched;
      prefetched = undefined;
      start = batch.cursor;
      done = batch.done;
      return step;
    },
    readAhead(size) {
      if (done || prefetched) return;
      prefetched = read(size);
      // Whoever asks for that step gets the error; until then nobody waits for it.
      prefetched.catch(() => {});
    },
    async rest() {
      await prefetched?.catch(() => {});
    },
    async close() {
      await prefetched?.catch(() => {});
      await reader.close();
    },
  };
}
