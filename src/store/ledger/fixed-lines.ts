import { formatLines, parseLines } from '../../task/ledger.ts';
import { isTerminal } from '../../task/lifecycle.ts';
import type { Task } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';
import { readLines } from './ledger.ts';

/** Tells which of a family's corrections has a line, if one has; lines are asked for in ascending order. */
export type FindFix = (line: number) => Promise<Task | undefined>;

/**
 * Lines that need no further correction: those that a correction has applied or skipped, and all lines of an open one.
 * What it left with an error, or did not come to, is open again.
 *
 * @param corrections tasks of one family
 */
export function fixFinder(db: Queryable, corrections: readonly Task[]): FindFix {
  const places = corrections.map((task) => ({ task, lines: linesOf(db, task), at: 0 }));
  return async (line) => {
    for (const place of places) {
      while (place.at < line) place.at = (await place.lines.next()).value ?? Number.POSITIVE_INFINITY;
    }
    return places.find(({ at }) => at === line)?.task;
  };
}

async function* linesOf(db: Queryable, { id, status }: Task): AsyncGenerator<number, undefined> {
  if (!isTerminal(status)) {
    const { rows } = await db.query<{ ranges: string }>(
      `select string_agg(lower(r) || '-' || (upper(r) - 1), ',' order by r) as ranges
       from fixed_lines cross join lateral unnest(lines) r where task_id = $1 having count(*) > 0`,
      [id],
    );
    for (const { ranges } of rows) yield* parseLines(ranges);
    return;
  }
  for await (const { line } of readLines(db, id, { outcomes: ['inserted', 'updated', 'deleted', 'skipped'] }))
    yield line;
}

/** Says of which lines a task of corrections is made. @param lines in ascending order */
export async function markLines(tx: Queryable, taskId: string, lines: readonly number[]): Promise<void> {
  await tx.query('insert into fixed_lines (task_id, lines) values ($1, $2::int8multirange)', [
    taskId,
    multirange(lines),
  ]);
}

/** Whether one of these tasks is made of one of these lines. @param lines in ascending order */
export async function haveOneOf(tx: Queryable, taskIds: readonly string[], lines: readonly number[]): Promise<boolean> {
  const { rows } = await tx.query(
    'select from fixed_lines where task_id = any($1) and lines && $2::int8multirange limit 1',
    [taskIds, multirange(lines)],
  );
  return rows.length > 0;
}

function multirange(lines: readonly number[]): string {
  const ranges = formatLines(lines).replace(/(\d+)(?:-(\d+))?/g, (_, from, to = from) => `[${from},${to}]`);
  return `{${ranges}}`;
}
