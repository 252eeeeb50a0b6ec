import { cellText } from '../../readers/csv/cell-text.ts';
import { openCsv } from '../../readers/csv/csv.ts';
import { describeCsv } from '../../readers/csv/describe-csv.ts';
import type { ByteSource } from '../../readers/reader.ts';
import { resourceName } from '../../resources/declaration/names.ts';
import { parseDeclaration } from '../../resources/declaration/parse.ts';
import { DeclarationGuesser, type Inferred } from '../../resources/infer/infer-declaration.ts';
import { TaskError } from '../../task/errors.ts';
import { visible } from '../../task/text/visible.ts';
import { ServiceError } from '../platform/service-error.ts';

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
}

/**
 * Makes a declaration of a CSV file, of which every row is looked at.
 *
 * @throws ServiceError `invalid` when the file cannot be read, with the reason
 */
export async function inferFile({ source, fileName, name, encoding }: InferredFile): Promise<Inferred> {
  try {
    const format = await describeCsv(source, encoding === undefined ? {} : { encoding });
    const guesser = new DeclarationGuesser(format.header.map((header) => visible(header)));
    const faulty = await lookAtRows(guesser, source, format);
    const own = name ?? resourceName(fileName.replace(/\.gz$/i, '').replace(/\.[^.]*$/, '')) ?? 'records';
    const { declaration, remarks } = guesser.infer(own);
    const rest = faulty === 0 ? [] : [`${faulty} rows are not readable, and were left out.`];
    return { declaration, remarks: [...remarks, ...rest, ...problemsOf(declaration, remarks)] };
  } catch (error) {
    if (error instanceof TaskError) throw new ServiceError('invalid', error.message);
    throw error;
  }
}

/** @returns how many rows cannot be read */
async function lookAtRows(
  guesser: DeclarationGuesser,
  source: ByteSource,
  format: Parameters<typeof openCsv>[1],
): Promise<number> {
  const reader = openCsv(source, format);
  let faulty = 0;
  try {
    for (let done = false; !done; ) {
      const batch = await reader.read(BATCH);
      for (const { cells, error } of batch.rows) {
        if (error) faulty += 1;
        else guesser.add(cells.map((cell) => visible(cellText(cell))));
      }
      done = batch.done;
    }
  } finally {
    await reader.close();
  }
  return faulty;
}

/** What is to be corrected before it can be declared, where no remark says so. */
function problemsOf(declaration: object, remarks: readonly string[]): string[] {
  const parsed = parseDeclaration(declaration);
  if (!('problems' in parsed)) return [];
  return parsed.problems
    .filter(({ pointer }) => !(pointer === '/primaryKey' && remarks.length > 0))
    .map(({ pointer, message, advice }) => `${pointer}: ${message} ${advice}`);
}
