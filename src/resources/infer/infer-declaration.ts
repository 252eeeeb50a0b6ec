import { shown } from '../../task/errors.ts';
import type { Field } from '../declaration/declaration.ts';
import { sameName } from '../declaration/names.ts';
import { ColumnGuesser, type GuessedColumn, type NearType } from './guess-column.ts';
import type { Pair } from './pair-keys.ts';

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

type Guessed = GuessedColumn & { readonly name: string; readonly index: number };

/** Columns that are tried in pairs, the leftmost ones. */
const PAIRED = 4;
/** Longest text of a column that is a part of a key. */
const KEY_LENGTH = 256;

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

  /** @param cells of a row, without blanks around them @param line where it starts */
  add(cells: readonly string[], line: number): void {
    for (const { index, guesser } of this.#columns) guesser.add(cells[index] ?? '', line);
  }

  /** The pairs of columns that may be the key, where none is it by itself: the leftmost ones that are never blank, the best first. */
  get pairs(): Pair[] {
    const guessed = this.#guessed;
    if (guessed.some(isKey)) return [];
    const parts = guessed.filter(isKeyPart).slice(0, PAIRED);
    return parts.flatMap(({ index }, at) => parts.slice(0, at).map((one): Pair => [one.index, index]));
  }

  /** @param name of the resource @param pair of columns that tell the rows apart */
  infer(name: string, pair?: Pair): Inferred {
    const guessed = this.#guessed;
    const unique = guessed.filter(isKey);
    const named = unique.find((column) => KEY_NAMES.test(column.name));
    const single = named ?? unique[0];
    const key = single ? [single] : guessed.filter(({ index }) => pair?.includes(index));
    const remarks = [...this.#remarks, ...guessed.flatMap(remarksOn), ...(named ? [] : [remarkOnKey(key)])];
    const names = key.map((column) => column.name);
    const declaration = {
      fields: guessed.map((column) => toField(column, key.includes(column))),
      ...(names.length > 0 && { primaryKey: names.length === 1 ? names[0] : names }),
      openbulk: { name },
    };
    return { declaration, remarks };
  }

  get #guessed(): Guessed[] {
    return this.#columns.map(({ name, index, guesser }) => ({ name, index, ...guesser.guessed }));
  }
}

function isKey(column: GuessedColumn): boolean {
  return column.unique && !isMeasure(column);
}

/** A day tells the rows of a shop apart, no price does. */
function isKeyPart({ required, type: { type }, maxLength = 0 }: GuessedColumn): boolean {
  return required && type !== 'number' && type !== 'boolean' && maxLength <= KEY_LENGTH;
}

/** What a person should look at in a column. */
function remarksOn({ name, others, near, words, type }: Guessed): string[] {
  const remarks = near ? [`${name}: ${remarkOnNear(near)}`] : [];
  if (words) remarks.push(`${name}: only the ${words.length} values of this file are allowed. Check the enum.`);
  if (others.length > 0)
    remarks.push(
      `${name}: the values are read ${readingOf(type)}, but can also be read ${others.map(readingOf).join(' or ')}. Check the format of the field.`,
    );
  return remarks;
}

function readingOf({ type, format, decimalChar }: GuessedColumn['type']): string {
  return type === 'number' ? `with the decimal character ${decimalChar ?? '.'}` : `as ${format ?? type}`;
}

/** What keeps a column from having the type that most of its values have. */
function remarkOnNear({ type, cells, strange }: NearType): string {
  const values = strange.map(({ cell, line }) => `${shown(cell)} (line ${line})`).join(', ');
  const members = JSON.stringify(type).slice(1, -1);
  return `it is text because of ${cells === 1 ? '1 cell' : `${cells} cells`}: ${values}. If they are missing values, declare ${members}, and list them in missingValues.`;
}

function remarkOnKey(key: readonly Guessed[]): string {
  const names = key.map(({ name }) => name).join(' and ');
  if (key.length === 1) return `${names} is the primaryKey, because its values differ in each row. Check it.`;
  if (key.length > 1) return `${names} are the primaryKey, because their values together differ in each row. Check it.`;
  return 'No column, and no two of the first ones, have different values in each row: name the columns of the primaryKey.';
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
