import type { Field } from '../declaration/declaration.ts';
import { ColumnGuesser, type GuessedColumn } from './guess-column.ts';

/** A declaration made of a file, and what a person should look at. */
export interface Inferred {
  /** Table Schema, as `parseDeclaration` reads it. */
  readonly declaration: object;
  readonly remarks: readonly string[];
}

/** Headers of columns that tell records apart in most files, the likeliest first. */
const KEY_NAMES = /^(?:id|.*[ _-]id|key|code|sku|e-?mail(?: address)?|number|no\.?|nr\.?|ref(?:erence)?|serial(?: number)?|uuid|iban|ean|isbn)$/i;

/** Looks at the rows of a file, and makes a declaration of what it finds. */
export class DeclarationGuesser {
  readonly #header: readonly string[];
  readonly #columns: readonly ColumnGuesser[];

  /** @param header without blank names and names that come twice */
  constructor(header: readonly string[]) {
    this.#header = header;
    this.#columns = header.map(() => new ColumnGuesser());
  }

  /** @param cells without blanks around them */
  add(cells: readonly string[]): void {
    for (const [index, column] of this.#columns.entries()) column.add(cells[index] ?? '');
  }

  /** @param name of the resource */
  infer(name: string): Inferred {
    const guessed = this.#columns.map((column, index) => ({ name: this.#header[index] as string, ...column.guessed }));
    const unique = guessed.filter((column) => column.unique && !isMeasure(column));
    const key = unique.find((column) => KEY_NAMES.test(column.name)) ?? unique[0];
    const remarks = guessed.flatMap((column) =>
      column.ambiguous
        ? [`${column.name}: the dates could be ${column.type.format} or with day and month the other way round. Check its format.`]
        : [],
    );
    if (!key) remarks.push('No column has a different value in each row: choose the columns of the primaryKey.');
    const declaration = {
      fields: guessed.map((column) => toField(column, column === key)),
      ...(key && { primaryKey: key.name }),
      openbulk: { name },
    };
    return { declaration, remarks };
  }
}

/** A value that is different in each row by chance. */
function isMeasure({ type }: GuessedColumn): boolean {
  return ['number', 'date', 'datetime', 'time', 'boolean'].includes(type.type);
}

function toField(column: GuessedColumn & { readonly name: string }, isKey: boolean): Partial<Field> {
  const { name, type, required, maxLength, words, examples } = column;
  const constraints = {
    ...((required || isKey) && { required: true }),
    ...(words ? { enum: words } : maxLength !== undefined && { maxLength }),
  };
  return {
    name,
    ...type,
    ...(Object.keys(constraints).length > 0 && { constraints }),
    ...(examples.length > 0 && { openbulk: { examples: [examples[0] as string, examples[1] ?? ''] } }),
  };
}

