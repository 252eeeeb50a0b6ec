import { csvLines } from '../../files/csv-lines.ts';
import { fileRows } from '../../operations/import/file-rows.ts';
import { LINE_COLUMN, numbered } from '../../operations/import/numbered.ts';
import { readCsv } from '../../readers/csv/csv.ts';
import type { Row } from '../../readers/reader.ts';
import type { ImportConfig, Task } from '../../task/task.ts';
import { findPlanOf } from '../lines/task-input.ts';
import type { TaskContext } from '../tasks/task-context.ts';

export type ImportTask = Task & { readonly operation: 'import'; readonly config: ImportConfig };

/** The file of an import, as its plan says to read it. */
interface Table {
  readonly header: readonly string[];
  rows(): AsyncGenerator<Row, void>;
}

/** What is written at once, in UTF-16 units. */
const PIECE_UNITS = 64 * 1024;
/** What is read at once: it is held of each file. */
const READ = { rows: 200, bytes: 128 * 1024 };

/**
 * The file of an import with its corrected lines in place, as a file of corrected lines (`numbered.ts`), piece by piece. What could not be
 * read of it and was not corrected stays the error that it was.
 *
 * @param corrections of its lines and of each other, in the order in which they were made: of a line, the last counts
 */
export async function* correctedFile(
  context: Pick<TaskContext, 'pool' | 'files'>,
  root: ImportTask,
  corrections: readonly ImportTask[],
): AsyncGenerator<Buffer> {
  const { header, rows } = await openTable(context, root);
  const tables = await Promise.all(corrections.map((task) => openTable(context, task)));
  const latest = latestOf(tables.map((table) => table.rows()).reverse());
  // Says what separates the cells: it need not be guessed from names that anybody chose.
  let text = `sep=,\r\n${csvLines([[LINE_COLUMN, ...header]])}`;
  try {
    for await (const row of rows()) {
      text += csvLines([numbered(padded((await latest.find(row.line)) ?? row, header.length), header.length)]);
      if (text.length < PIECE_UNITS) continue;
      yield Buffer.from(text);
      text = '';
    }
    yield Buffer.from(text);
  } finally {
    await latest.close();
  }
}

async function openTable({ pool, files }: Pick<TaskContext, 'pool' | 'files'>, task: ImportTask): Promise<Table> {
  const plan = await findPlanOf(pool, task.id, 'import');
  const { file, config } = task;
  if (!plan || !file) throw new Error(`Task ${task.id} is completed and not purged, but has no plan or no file.`);
  const { format } = plan;
  const { header, convert, limits } = fileRows(format.header, config.numbered === true);
  return {
    header,
    async *rows() {
      const reader = readCsv(files.source(file.key, file.size), format, format.body, convert, limits);
      try {
        for (let done = false; !done; ) {
          const batch = await reader.read(READ);
          yield* batch.rows;
          done = batch.done;
        }
      } finally {
        await reader.close();
      }
    },
  };
}

/** Looks up lines, in ascending order, in the first of several that has them; each gives its rows in line order. */
function latestOf(tables: readonly AsyncGenerator<Row, void>[]) {
  const places = tables.map((rows) => ({ rows, row: undefined as Row | undefined, line: 0 }));
  return {
    async find(line: number): Promise<Row | undefined> {
      for (const place of places) {
        while (place.line < line) {
          place.row = (await place.rows.next()).value ?? undefined;
          place.line = place.row?.line ?? Number.POSITIVE_INFINITY;
        }
      }
      return places.find((place) => place.line === line)?.row;
    },
    close: () => Promise.all(places.map(({ rows }) => rows.return())),
  };
}

/** A report that was imported has columns that its corrections do not have: none of them is imported. */
function padded(row: Row, width: number): Row {
  if (row.error || row.cells.length === width) return row;
  return { ...row, cells: [...row.cells, ...new Array<string>(width - row.cells.length).fill('')] };
}
