import { type ErroredLine, type Outcome, parseLines } from '../../task/ledger.ts';
import type { TaskCursor } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import { literal, raw, sql, statement } from '../connection/sql.ts';

/** A line of a task that has an outcome, and where in the input its chunk starts. */
export type LedgerLine<O extends Outcome = Outcome> = O extends 'errored'
  ? ErroredLine & { readonly outcome: O; readonly start: TaskCursor }
  : { readonly line: number; readonly outcome: O; readonly start: TaskCursor };

/** Which lines of a ledger are read. */
export interface LineFilter<O extends Outcome> {
  readonly outcomes: readonly O[];
  /** Only lines behind this one. */
  readonly after?: number;
  /** Only errored lines that have these members; the other outcomes are not concerned. */
  readonly errored?: { readonly code?: string; readonly column?: string };
}

/**
 * Errored lines that are read at once, 0.2 MB of them. A chunk has up to 5,000: while 40 reports were read, slowly, those of eight
 * chunks each were 540 MB.
 */
const ERRORED = 500;

/** Of a chunk, as `LINES` gives it; lists of outcomes that are not wanted are empty. */
type ChunkLines = Record<Exclude<Outcome, 'errored'>, string> & {
  readonly chunk: number;
  readonly last_line: number;
  readonly start: TaskCursor;
  readonly errored: readonly ErroredLine[];
};

/**
 * The lines of a task that are committed, in line order. Holds the lines of one chunk, and no connection between chunks. A page seldom
 * reads more than two chunks, however deep it lies. Ends early where the task is deleted meanwhile.
 */
export async function* readLines<O extends Outcome>(
  db: Queryable,
  taskId: string,
  { outcomes, after = 0, errored = {} }: LineFilter<O>,
): AsyncGenerator<LedgerLine<O>> {
  for (let [chunk, line] = [0, after]; ; ) {
    const found = JSON.stringify({ code: null, column: null, ...errored, after: line, last: ERRORED - 1 });
    const { rows } = await db.query<ChunkLines>(
      LINES({ taskId, chunk, after: line, outcomes, errored: JSON.stringify([errored]), found }),
    );
    const [row] = rows;
    if (!row) return;
    const more = row.errored.length === ERRORED;
    const until = more ? (row.errored.at(-1) as ErroredLine).line : row.last_line;
    yield* linesOf(row, line, until).sort((a, b) => a.line - b.line) as LedgerLine<O>[];
    ({ chunk } = row);
    line = until;
  }
}

/** Those behind the line `after`, up to the line `until`. */
function linesOf(row: ChunkLines, after: number, until: number): LedgerLine[] {
  const { start } = row;
  const lines: LedgerLine[] = row.errored.map((error) => ({ ...error, outcome: 'errored', start }));
  for (const outcome of ['inserted', 'updated', 'deleted', 'skipped'] as const)
    for (const line of parseLines(row[outcome]))
      if (line > after && line <= until) lines.push({ line, outcome, start });
  return lines;
}

const LINES = statement<Record<'taskId' | 'chunk' | 'after' | 'outcomes' | 'errored' | 'found', unknown>>(($) => {
  const wanted = (outcome: Outcome) => sql`${literal(outcome)} = any(${$.outcomes}::text[])`;
  const ranges = (outcome: Outcome) =>
    sql`case when ${wanted(outcome)} then ${raw(outcome)} else '' end as ${raw(outcome)}`;
  return sql`
    select chunk, last_line, jsonb_build_object('offset', start_offset, 'line', start_line) as start,
      ${ranges('inserted')}, ${ranges('updated')}, ${ranges('deleted')}, ${ranges('skipped')},
      case when ${wanted('errored')} and errors > 0 then jsonb_path_query_array(jsonb_path_query_array(errored,
        '$[*] ? (@.line > $after && ($code == null || @.code == $code) && ($column == null || @.column == $column))', ${$.found}::jsonb),
        '$[0 to $last]', ${$.found}) else '[]' end as errored
    from task_chunks where task_id = ${$.taskId} and chunk >= ${$.chunk} and last_line > ${$.after} and (
      (inserts > 0 and ${wanted('inserted')}) or (updates > 0 and ${wanted('updated')}) or (deletes > 0 and ${wanted('deleted')}) or (skips > 0 and ${wanted('skipped')})
      or (errors > 0 and ${wanted('errored')} and coalesce(causes, errored) @> ${$.errored}::jsonb))
    order by chunk limit 1`;
});

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
    FIRST_LINES({ taskIds, limit }),
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

const FIRST_LINES = statement<{ taskIds: readonly string[]; limit: number }>(
  ($) => sql`
  select task_id, case when skips_before < ${$.limit} then skipped else '' end as skipped,
    case when errors_before + errors <= ${$.limit} then errored when errors_before < ${$.limit} then jsonb_path_query_array(errored,
      '$[0 to $last]', jsonb_build_object('last', ${$.limit} - errors_before - 1)) else '[]' end as errored
  from (select task_id, chunk, skips, errors, skipped, errored,
      sum(skips) over w - skips as skips_before, sum(errors) over w - errors as errors_before
    from task_chunks where task_id = any(${$.taskIds}) window w as (partition by task_id order by chunk)) chunks
  where (skips > 0 and skips_before < ${$.limit}) or (errors > 0 and errors_before < ${$.limit})
  order by task_id, chunk`,
);
