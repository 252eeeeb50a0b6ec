import { inTransaction, type Pool } from './pool.ts';

/** What a row is sorted by: its number, and the order in which it came. */
interface Numbered {
  readonly line: number;
}

/** Text of rows that goes to the database at once, characters. */
const TOGETHER = 1024 * 1024;
/** Rows that come back at once; each may have a megabyte. */
const FETCHED = 50;

/**
 * Gives `use` the rows by their lines, those of one line in the order in which they came. The database sorts them, on its disk where
 * they are many.
 *
 * @param rows what JSON can hold
 */
export async function sortRows<Row extends Numbered, T>(
  pool: Pool,
  rows: AsyncIterable<Row>,
  use: (sorted: AsyncIterable<Row>) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (tx) => {
    await tx.query(
      'create temporary table sorted_rows (line int8, came int8 generated always as identity, row text) on commit drop',
    );
    let lines: number[] = [];
    let texts: string[] = [];
    let length = 0;
    const put = async () => {
      await tx.query(
        `insert into sorted_rows (line, row) select line, row from unnest($1::int8[], $2::text[]) with ordinality r (line, row, place) order by place`,
        [lines, texts],
      );
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
    await tx.query('declare sorted no scroll cursor for select row from sorted_rows order by line, came');
    async function* sorted(): AsyncGenerator<Row> {
      for (;;) {
        const found = await tx.query<{ row: string }>(`fetch ${FETCHED} from sorted`);
        if (found.rows.length === 0) return;
        for (const { row } of found.rows) yield JSON.parse(row) as Row;
      }
    }
    return use(sorted());
  });
}
