import type { Field } from '../declaration/declaration.ts';
import { sameName } from '../declaration/names.ts';
import { ColumnGuesser, type GuessedColumn } from './guess-column.ts';

/** A declaration made of a file, and what a person should look at. */
export interface Inferred {
  /** Table Schema, as `parseDeclaration` reads it. */
  readonly declaration: object;
  /** Sentences. */
  readonly remarks: readonly string[];
}

/** Headers of columns that tell records apart in most files. */
const KEY_NAMES =
  /^(?:(?:.*[ _-])?(?:id|tag|code|sku|uuid)|key|e-?mail(?: address)?|user ?name|login|number|no\.?|nr\.?|ref(?:erence)?|serial(?: number)?|iban|ean|isbn)$/i;

interface FileColumn {
  readonly name: string;
  readonly index: number;
  readonly guesser: ColumnGuesser;
}

type Guessed = GuessedColumn & { readonly name: string };

/** Looks at the rows of a file, and makes a declaration of what it finds. */
export class DeclarationGuesser {
  readonly #columns: readonly FileColumn[];
  readonly #remarks: string[] = [];

  /** @param header names without blanks around them; columns without a name, or with that of an earlier one, are left out */
  constructor(header: readonly string[]) {
    const seen = new Map<string, { readonly name: string; readonly number: number }>();
    this.#columns = header.flatMap((name, index) => {
      const number = index + 1;
      const same = sameName(name);
      const earlier = seen.get(same);
      if (same === '' || earlier) {
        this.#remarks.push(
          earlier
            ? `Column ${number} has the name of column ${earlier.number} and is left out. To import the file, add --map "${earlier.name}=#${earlier.number}".`
            : `Column ${number} has no name and is left out.`,
        );
        return [];
      }
      seen.set(same, { name, number });
      return { name, index, guesser: new ColumnGuesser() };
    });
  }

  /** @param cells of a row, without blanks around them */
  add(cells: readonly string[]): void {
    for (const { index, guesser } of this.#columns) guesser.add(cells[index] ?? '');
  }

  /** @param name of the resource */
  infer(name: string): Inferred {
    const guessed = this.#columns.map((column) => ({ name: column.name, ...column.guesser.guessed }));
    const unique = guessed.filter((column) => column.unique && !isMeasure(column));
    const named = unique.find((column) => KEY_NAMES.test(column.name));
    const key = named ?? unique[0];
    const remarks = [...this.#remarks, ...guessed.flatMap(remarksOn), ...(named ? [] : [remarkOnKey(key)])];
    const declaration = {
      fields: guessed.map((column) => toField(column, column === key)),
      ...(key && { primaryKey: key.name }),
      openbulk: { name },
    };
    return { declaration, remarks };
  }
}

/** What a person should look at in a column. */
function remarksOn({ name, ambiguous, words, type: { type, format, decimalChar } }: Guessed): string[] {
  if (words) return [`${name}: only the ${words.length} values of this file are allowed. Check the enum.`];
  if (!ambiguous) return [];
  const read = type === 'number' ? `with the decimal character ${decimalChar ?? '.'}` : `as ${format ?? type}`;
  return [`${name}: the values are read ${read}, but can also be read in another way. Check the format of the field.`];
}

function remarkOnKey(key: Guessed | undefined): string {
  if (!key) return 'No column has a different value in each row: name the columns of the primaryKey.';
  return `${key.name} is the primaryKey, because its values differ in each row. Check it.`;
}

/** Values that differ in each row by chance. */
function isMeasure({ type }: GuessedColumn): boolean {
  return ['number', 'date', 'datetime', 'time', 'boolean'].includes(type.type);
}

function toField({ name, type, required, maxLength, words, examples }: Guessed, isKey: boolean): Partial<Field> {
  const [first, second] = examples;
  const constraints = {
    ...((required || isKey) && { required: true }),
    ...(words ? { enum: words } : maxLength !== undefined && { maxLength }),
  };
  return {
    name,
    ...type,
    ...(Object.keys(constraints).length > 0 && { constraints }),
    ...(first !== undefined && { openbulk: { examples: [first, second ?? (required ? first : '')] } }),
  };
}
