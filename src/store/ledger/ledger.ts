import type { ErroredLine } from '../../task/ledger.ts';
import { parseLines } from '../../task/ledger.ts';
import type { TaskCursor } from '../../task/task.ts';
import { prepared, type Queryable } from '../connection/pool.ts';

/** The lines of one chunk that were not applied, and where in the input the chunk starts. */
export interface LedgerChunk {
  readonly chunk: number;
  readonly start: TaskCursor;
  readonly items: number;
  readonly skipped: string;
  readonly errored: readonly ErroredLine[];
}

/** A chunk that has lines which were not applied, without the errored ones: those are read by themselves. */
export interface NotAppliedChunk extends Omit<LedgerChunk, 'errored' | 'items'> {
  readonly errors: number;
}

/** The chunks of a task that have skipped or errored lines, in order, a few at a time. */
export async function* notAppliedChunks(db: Queryable, taskId: string): AsyncGenerator<NotAppliedChunk> {
  for (let after = -1; ; ) {
    const { rows } = await db.query<NotAppliedChunk>(
      `select chunk, jsonb_build_object('offset', start_offset, 'line', start_line) as start, skipped, errors from task_chunks
       where task_id = $1 and chunk > $2 and (skips > 0 or errors > 0) order by chunk limit 4`,
      [taskId, after],
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.chunk;
  }
}

/**
 * Errored lines that are read at once, 0.2 MB of them. A chunk has up to 5,000: while 40 reports were read, slowly, those of eight
 * chunks each were 540 MB.
 */
const ERRORED = 500;

/** The errored lines of a chunk, in line order, some at a time. Ends early where the task is deleted meanwhile. */
export async function* erroredLines(
  db: Queryable,
  taskId: string,
  { chunk, errors }: Pick<NotAppliedChunk, 'chunk' | 'errors'>,
): AsyncGenerator<ErroredLine> {
  for (let from = 0; from < errors; from += ERRORED) {
    const { rows } = await db.query<{ errored: ErroredLine[] }>(
      prepared(
        `select jsonb_path_query_array(errored, '$[$from to $last]', jsonb_build_object('from', $3::integer, 'last', $4::integer)) as errored
         from task_chunks where task_id = $1 and chunk = $2`,
        [taskId, chunk, from, from + ERRORED - 1],
      ),
    );
    yield* rows[0]?.errored ?? [];
  }
}

/** Lines of a ledger: those behind the line `after`, skipped ones, and errored ones that have these members. */
export interface LineFilter {
  readonly after: number;
  readonly skipped: boolean;
  /** None when not given. */
  readonly errored?: { readonly code?: string; readonly column?: string };
}

/** The chunks of a task that may have such lines, in order, one after the other: a page seldom needs more than one. */
export async function* chunksWith(
  db: Queryable,
  taskId: string,
  { after, skipped, errored }: LineFilter,
): AsyncGenerator<LedgerChunk> {
  for (let chunk = -1; ; ) {
    const { rows } = await db.query<LedgerChunk>(
      prepared(
        `select chunk, jsonb_build_object('offset', start_offset, 'line', start_line) as start, items, skipped, errored from task_chunks
         where task_id = $1 and chunk > $2 and last_line > $3 and (($4 and skips > 0) or (errors > 0 and coalesce(causes, errored) @> $5::jsonb))
         order by chunk limit 1`,
        [taskId, chunk, after, skipped, errored ? JSON.stringify([errored]) : null],
      ),
    );
    const [row] = rows;
    if (!row) return;
    yield row;
    chunk = row.chunk;
  }
}

/** What became of the lines of one chunk, each list as `formatLines` wrote it, and where in the input the chunk starts. */
export interface OutcomesChunk extends LedgerChunk {
  readonly inserted: string;
  readonly updated: string;
}

/**
 * The chunks of a task that have lines behind the line `after`, in order, one after the other: a page seldom needs more than two.
 *
 * @param errored only those that have errored lines
 */
export async function* chunksAfter(
  db: Queryable,
  taskId: string,
  { after, errored }: { readonly after: number; readonly errored: boolean },
): AsyncGenerator<OutcomesChunk> {
  for (let chunk = -1; ; ) {
    const { rows } = await db.query<OutcomesChunk>(
      `select chunk, jsonb_build_object('offset', start_offset, 'line', start_line) as start, items,
         inserted, updated, skipped, errored
       from task_chunks where task_id = $1 and chunk > $2 and last_line > $3 and (errors > 0 or not $4)
       order by chunk limit 1`,
      [taskId, chunk, after, errored],
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    chunk = last.chunk;
  }
}

export interface NotApplied {
  readonly skipped: number[];
  readonly errored: ErroredLine[];
}

/** The first `limit` skipped and the first `limit` errored lines of each task, in line order. */
export async function firstLines(
  db: Queryable,
  taskIds: readonly string[],
  limit: number,
): Promise<Map<string, NotApplied>> {
  const { rows } = await db.query<{ task_id: string; skipped: string; errored: ErroredLine[] }>(
    prepared(
      `select task_id, case when skips_before < $2 then skipped else '' end as skipped,
       case when errors_before + errors <= $2 then errored when errors_before < $2 then jsonb_path_query_array(errored,
         '$[0 to $last]', jsonb_build_object('last', $2 - errors_before - 1)) else '[]' end as errored
     from (select task_id, chunk, skips, errors, skipped, errored,
         sum(skips) over w - skips as skips_before, sum(errors) over w - errors as errors_before
       from task_chunks where task_id = any($1) window w as (partition by task_id order by chunk)) chunks
     where (skips > 0 and skips_before < $2) or (errors > 0 and errors_before < $2)
     order by task_id, chunk`,
      [taskIds, limit],
    ),
  );
  const found = new Map<string, NotApplied>(taskIds.map((id) => [id, { skipped: [], errored: [] }]));
  for (const row of rows) {
    const { skipped, errored } = found.get(row.task_id) as NotApplied;
    for (const line of parseLines(row.skipped)) {
      if (skipped.length === limit) break;
      skipped.push(line);
    }
    errored.push(...row.errored.slice(0, limit - errored.length));
  }
  return found;
}
