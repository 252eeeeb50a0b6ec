import { EXAMPLES } from '../../task/ledger.ts';
import type { Queryable } from '../connection/pool.ts';
import { raw, sql, statement } from '../connection/sql.ts';

/** Errored lines of a task that have the same code and column. */
export interface Cause {
  readonly code: string;
  readonly column: string | null;
  readonly count: number;
  /** The first `EXAMPLES`, in line order, with the chunk of each and where in the input that starts. */
  readonly examples: readonly {
    readonly line: number;
    readonly reason: string;
    readonly start: { readonly offset: number; readonly line: number };
  }[];
}

/** Adds up the errored lines of a chunk that has not the sum of them (`0021_chunk_causes.sql`), as `causesOf` does. */
const ADDED_UP = `
  select jsonb_agg(jsonb_build_object('code', code, 'column', "column", 'count', count, 'examples', examples)) from (
    select code, "column", count(*),
      jsonb_agg(jsonb_build_object('line', line, 'reason', reason) order by line) filter (where rank <= ${EXAMPLES}) as examples
    from (
      select code, "column", line, reason, row_number() over (partition by code, "column" order by line) as rank
      from jsonb_to_recordset(c.errored) e(code text, "column" text, line bigint, reason text)
    ) ranked group by code, "column"
  ) causes`;

/** The causes of a task's errors, the most frequent first. */
export async function errorCauses(db: Queryable, taskId: string): Promise<Cause[]> {
  const { rows } = await db.query<Cause>(CAUSES({ taskId }));
  return rows;
}

const CAUSES = statement<{ taskId: string }>(
  ($) => sql`
  with causes as (
    select e.*, jsonb_build_object('offset', c.start_offset, 'line', c.start_line) as start,
      sum(e.count) over w as total, row_number() over (w order by c.chunk) as chunks
    from task_chunks c cross join lateral jsonb_to_recordset(coalesce(c.causes, (${raw(ADDED_UP)})))
      e(code text, "column" text, count bigint, examples jsonb)
    where c.task_id = ${$.taskId} and c.errors > 0
    window w as (partition by e.code, e."column")
  ), lines as (
    select code, "column", total, line, reason, start, row_number() over (partition by code, "column" order by line) as rank
    from causes cross join lateral jsonb_to_recordset(examples) x(line bigint, reason text)
    -- Each has one at least.
    where chunks <= ${raw(EXAMPLES)}
  )
  select code, "column", total::bigint as count,
    jsonb_agg(jsonb_build_object('line', line, 'reason', reason, 'start', start) order by line) as examples
  from lines where rank <= ${raw(EXAMPLES)} group by code, "column", total order by total desc, code, "column"`,
);

/**
 * The causes of those of a task's errors that are still to be corrected, as `fixFinder` tells it, the most frequent first.
 *
 * @param fixIds the tasks that correct lines of its family
 */
export async function openCauses(db: Queryable, taskId: string, fixIds: readonly string[]): Promise<Cause[]> {
  const { rows } = await db.query<Cause>(
    `with done as (
       select generate_series(split_part(r.range, '-', 1)::bigint,
         coalesce(nullif(split_part(r.range, '-', 2), ''), split_part(r.range, '-', 1))::bigint) as line
       from task_chunks c join tasks t on t.id = c.task_id and t.finished_at is not null
         cross join lateral (values (c.inserted), (c.updated), (c.skipped)) o(ranges)
         cross join lateral string_to_table(nullif(o.ranges, ''), ',') r(range)
       where c.task_id = any($2)
       union all
       select generate_series(lower(r.range), upper(r.range) - 1)
       from fixed_lines f join tasks t on t.id = f.task_id and t.finished_at is null
         cross join lateral unnest(f.lines) r(range)
       where f.task_id = any($2)
     ), ranked as (
       select e.*, jsonb_build_object('offset', c.start_offset, 'line', c.start_line) as start,
         count(*) over w as total, row_number() over (w order by e.line) as rank
       from task_chunks c cross join lateral jsonb_to_recordset(c.errored) e(code text, "column" text, line bigint, reason text)
       where c.task_id = $1 and c.errors > 0 and not exists (select from done where done.line = e.line)
       window w as (partition by e.code, e."column")
     )
     select code, "column", total as count,
       jsonb_agg(jsonb_build_object('line', line, 'reason', reason, 'start', start) order by line) as examples
     from ranked where rank <= ${EXAMPLES} group by code, "column", total order by total desc, code, "column"`,
    [taskId, fixIds],
  );
  return rows;
}
