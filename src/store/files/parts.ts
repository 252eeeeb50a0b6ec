import type { Queryable } from '../connection/pool.ts';

/** A part of an export in the file store. */
export interface Part {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Writes down a key before there is a file of it. */
export async function announcePart(
  db: Queryable,
  part: { readonly key: string; readonly taskId: string; readonly firstRow: number },
): Promise<void> {
  await db.query('insert into task_parts (key, task_id, first_row) values ($1, $2, $3)', [
    part.key,
    part.taskId,
    part.firstRow,
  ]);
}

/** Makes an announced file one of its task's parts; in the transaction that moves the task's cursor past it. */
export async function adoptPart(db: Queryable, { key, size }: Part): Promise<void> {
  await db.query('update task_parts set size = $2 where key = $1', [key, size]);
}

/** Forgets keys: their files are gone, or `files` has them now. */
export async function forgetParts(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query('delete from task_parts where key = any($1)', [keys]);
}

/** A task's parts in the order of their rows, a few at a time. */
export async function* listParts(db: Queryable, taskId: string): AsyncGenerator<Part> {
  for (let after = -1; ; ) {
    const { rows } = await db.query<Part & { first_row: number }>(
      `select key, size, first_row from task_parts where task_id = $1 and first_row > $2 and size is not null
       order by first_row limit 100`,
      [taskId, after],
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.first_row;
  }
}

/** Which of the keys are announced and not adopted; of all of the task's when none are given. */
export async function unfinishedParts(db: Queryable, taskId: string, keys?: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    'select key from task_parts where task_id = $1 and size is null and ($2::text[] is null or key = any($2))',
    [taskId, keys ?? null],
  );
  return rows.map(({ key }) => key);
}

/**
 * Keys of unused parts, some at a time: their task has ended or is deleted. One that is not finished may be being written
 * by a worker that does not know of it yet, and is left alone for an hour.
 */
export async function uselessParts(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    `select p.key from task_parts p left join tasks t on t.id = p.task_id
     where (t.id is null or t.finished_at is not null)
       and (p.size is not null or p.created_at < clock_timestamp() - interval '1 hour') limit 100`,
  );
  return rows.map(({ key }) => key);
}
