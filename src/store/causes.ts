import { prepared, type Queryable } from './pool.ts';

/** Errored lines of a task that have the same code and column. */
export interface Cause {
  readonly code: string;
  readonly column: string | null;
  readonly count: number;
  /** The first three, in line order, with the chunk of each and where in the input that starts. */
  readonly examples: readonly {
    readonly line: number;
    readonly reason: string;
    readonly start: { readonly offset: number; readonly line: number };
  }[];
}

/** The causes of a task's errors, the most frequent first. */
export async function errorCauses(db: Queryable, taskId: string): Promise<Cause[]> {
  const { rows } = await db.query<Cause>(
    prepared(
      `with errors as (
         select e->>'code' as code, e->>'column' as "column", (e->>'line')::bigint as line, e->>'reason' as reason,
           jsonb_build_object('offset', c.start_offset, 'line', c.start_line) as start
         from task_chunks c cross join lateral jsonb_array_elements(c.errored) e where c.task_id = $1 and c.errors > 0
       ), ranked as (
         select *, count(*) over (partition by code, "column") as count,
           row_number() over (partition by code, "column" order by line) as rank from errors
       )
       select code, "column", count,
         jsonb_agg(jsonb_build_object('line', line, 'reason', reason, 'start', start) order by line) as examples
       from ranked where rank <= 3 group by code, "column", count order by count desc, code, "column"`,
      [taskId],
    ),
  );
  return rows;
}
