import { cellText } from '../../readers/csv/cell-text.ts';
import { openCsv } from '../../readers/csv/csv.ts';
import { describeCsv } from '../../readers/csv/describe-csv.ts';
import type { ByteSource, Row } from '../../readers/reader.ts';
import { resourceName } from '../../resources/declaration/names.ts';
import { parseDeclaration } from '../../resources/declaration/parse.ts';
import { DeclarationGuesser, type Inferred } from '../../resources/infer/infer-declaration.ts';
import { type Pair, PairFinder } from '../../resources/infer/pair-keys.ts';
import { TaskError } from '../../task/errors.ts';
import { visible } from '../../task/text/visible.ts';
import { ServiceError } from '../platform/service-error.ts';

type CsvFormat = Parameters<typeof openCsv>[1];

const BATCH = { rows: 5_000, bytes: 4 * 1024 * 1024 };

/** A file to look at. */
export interface InferredFile {
  readonly source: ByteSource;
  /** What it is called. */
  readonly fileName: string;
  /** Of the resource; not given: made of the file's name. */
  readonly name?: string;
  /** Its character set, if the file does not declare it. */
  readonly encoding?: string;
  /** The file goes on behind it, so that its last row may be cut off. */
  readonly cut?: boolean;
}

/**
 * Makes a declaration of a CSV file, of which every row is looked at.
 *
 * @throws ServiceError `invalid` when the file cannot be read, with the reason
 */
export async function inferFile({ source, fileName, name, encoding, cut = false }: InferredFile): Promise<Inferred> {
  try {
    const format = await describeCsv(source, encoding === undefined ? {} : { encoding });
    const guesser = new DeclarationGuesser(format.header.map((header) => visible(header)));
    const leftOut: string[] = [];
    let faulty = 0;
    const table = { format, cut };
    await readRows(source, table, ({ line, cells, error }) => {
      if (!error) return guesser.add(cells, line);
      faulty += 1;
      if (faulty <= TOLD) leftOut.push(`Line ${line} is left out. ${error.reason}`);
    });
    if (faulty > TOLD) leftOut.push(`Lines with errors that are left out as well: ${faulty - TOLD}.`);
    const own = name ?? resourceName(fileName.replace(/\.gz$/i, '').replace(/\.[^.]*$/, '')) ?? 'records';
    const { declaration, remarks } = guesser.infer(own, await findPair(guesser.pairs, source, table));
    return { declaration, remarks: [...remarks, ...leftOut, ...problemsOf(declaration, remarks)] };
  } catch (error) {
    if (error instanceof TaskError) throw new ServiceError('invalid', error.message);
    throw error;
  }
}

/** How the rows of a file are read. */
interface Table {
  readonly format: CsvFormat;
  /** The last row may be cut off. */
  readonly cut: boolean;
}

/** Lines that cannot be read of which it is said why. */
const TOLD = 5;

/** The first of some pairs of columns whose values differ in each row. */
async function findPair(pairs: readonly Pair[], source: ByteSource, table: Table): Promise<Pair | undefined> {
  if (pairs.length === 0) return undefined;
  const finder = new PairFinder(pairs);
  await readRows(source, table, ({ cells, error }) => {
    if (!error) finder.add(cells);
    return finder.isOpen;
  });
  return finder.found;
}

/** @param take gets the cells without blanks around them; with `false` it wants no more */
async function readRows(source: ByteSource, { format, cut }: Table, take: (row: Row) => unknown): Promise<void> {
  const reader = openCsv(source, format);
  try {
    for (let done = false; !done; ) {
      const batch = await reader.read(BATCH);
      done = batch.done;
      const rows = done && cut ? batch.rows.slice(0, -1) : batch.rows;
      for (const row of rows) {
        if (take({ ...row, cells: row.cells.map((cell) => visible(cellText(cell))) }) === false) return;
      }
    }
  } finally {
    await reader.close();
  }
}

/** What is to be corrected before it can be declared, where no remark says so. */
function problemsOf(declaration: object, remarks: readonly string[]): string[] {
  const parsed = parseDeclaration(declaration);
  if (!('problems' in parsed)) return [];
  return parsed.problems
    .filter(({ pointer }) => !(pointer === '/primaryKey' && remarks.length > 0))
    .map(({ pointer, message, advice }) => `${pointer}: ${message} ${advice}`);
}
