import { firstIdOf, newId } from '../../task/ids.ts';
import type { Pool, Queryable } from '../connection/pool.ts';

/** Text of rows that goes to the database at once, characters. */
const TOGETHER = 1024 * 1024;
/** Rows that come back at once; each may have a megabyte. */
const FETCHED = 50;
/** Rows that are deleted at once. */
const DELETED = 10_000;

/**
 * Gives `use` the rows by their lines, those of one line in the order in which they came. The database sorts them, on its disk where
 * they are many. No connection is held meanwhile: holding one while waiting for another could deadlock.
 *
 * @param rows what JSON can hold
 */
export async function sortRows<Row extends { readonly line: number }, T>(
  pool: Pool,
  rows: AsyncIterable<Row>,
  use: (sorted: AsyncIterable<Row>) => Promise<T>,
): Promise<T> {
  const sort = newId();
  try {
    await keep(pool, sort, rows);
    return await use(inOrder(pool, sort));
  } finally {
    // What cannot be deleted now is in a day.
    await forget(pool, sort).catch(() => {});
  }
}

async function keep(db: Queryable, sort: string, rows: AsyncIterable<{ readonly line: number }>): Promise<void> {
  let lines: number[] = [];
  let texts: string[] = [];
  let length = 0;
  let before = 0;
  const put = async () => {
    await db.query(
      'insert into sorted_rows select $1, line, $2 + place, row from unnest($3::int8[], $4::text[]) with ordinality r (line, row, place)',
      [sort, before, lines, texts],
    );
    before += lines.length;
    lines = [];
    texts = [];
    length = 0;
  };
  for await (const row of rows) {
    const text = JSON.stringify(row);
    lines.push(row.line);
    texts.push(text);
    length += text.length;
    if (length > TOGETHER) await put();
  }
  await put();
}

async function* inOrder<Row>(db: Queryable, sort: string): AsyncGenerator<Row> {
  for (let [line, came] = [0, 0]; ; ) {
    const { rows } = await db.query<{ line: number; came: number; row: string }>(
      `select line, came, row from sorted_rows where sort = $1 and (line, came) > ($2, $3) order by line, came limit ${FETCHED}`,
      [sort, line, came],
    );
    const last = rows.at(-1);
    if (!last) return;
    for (const { row } of rows) yield JSON.parse(row) as Row;
    ({ line, came } = last);
  }
}

async function forget(db: Queryable, sort: string): Promise<void> {
  for (let deleted = DELETED; deleted === DELETED; ) {
    const { rowCount } = await db.query(
      `delete from sorted_rows where sort = $1 and (line, came) in
         (select line, came from sorted_rows where sort = $1 order by line, came limit ${DELETED})`,
      [sort],
    );
    deleted = rowCount ?? 0;
  }
}

const DAY_MILLISECONDS = 86_400_000;

/**
 * Deletes rows of sorts that began more than a day ago, `limit` at most.
 *
 * @param now the clock of this host when not given
 * @returns how many there were
 */
export async function deleteOldSorts(
  db: Queryable,
  { limit, now = new Date() }: { readonly limit: number; readonly now?: Date | undefined },
): Promise<number> {
  const { rowCount } = await db.query(
    `delete from sorted_rows where (sort, line, came) in
       (select sort, line, came from sorted_rows where sort < $1 order by sort, line, came limit $2)`,
    [firstIdOf(new Date(now.getTime() - DAY_MILLISECONDS)), limit],
  );
  return rowCount ?? 0;
}
