import { hash } from 'node:crypto';
import { isLonger, lengthOf } from '../../task/text/characters.ts';
import type { Field } from '../declaration/declaration.ts';
import { fieldType } from '../types/field-type.ts';

/** A column's type as the standard writes it, in part. */
type Guess = Pick<Field, 'type'> & Partial<Field>;

/** Types that are tried, in the order of preference. Several are kept until a cell decides. */
const GUESSES: readonly Guess[] = [
  { type: 'boolean', trueValues: ['true', 'True', 'TRUE'], falseValues: ['false', 'False', 'FALSE'] },
  { type: 'boolean', trueValues: ['yes', 'Yes', 'YES'], falseValues: ['no', 'No', 'NO'] },
  { type: 'integer' },
  { type: 'number' },
  ...([',', '.'] as const).flatMap((decimalChar) =>
    [decimalChar === ',' ? '.' : ',', ' ', "'"].map((groupChar): Guess => ({ type: 'number', decimalChar, groupChar })),
  ),
  { type: 'date' },
  ...['/', '-', '.'].flatMap((s) =>
    ['%Y', '%y'].flatMap((y) =>
      [`%d${s}%m${s}${y}`, `%m${s}%d${s}${y}`].map((format): Guess => ({ type: 'date', format })),
    ),
  ),
  { type: 'datetime' },
  { type: 'time' },
  ...['uuid', 'email', 'uri'].map((format): Guess => ({ type: 'string', format })),
];

const READERS = GUESSES.map((guess) => ({
  guess,
  read: fieldType({ name: '', constraints: {}, openbulk: {}, custom: {}, ...guess }, (_, message) => {
    throw new Error(message);
  }).canonical,
}));

/** A code, not a number: nobody writes numbers so. */
const LEADING_ZERO = /^[+-]?0\d/;
const NUMERIC: readonly Guess['type'][] = ['integer', 'number'];

/** Values that a column has at most where it is one of a few words, and how often each comes at least. */
const FEW = { values: 20, length: 64, times: 5 } as const;
/** Values of a column that are remembered to tell whether any comes twice; with more, nobody knows. */
export const MOST_REMEMBERED = 2_000_000;
/** Lengths that a text is declared to have at most: the first that leaves room for half as much again. */
const LENGTHS = [16, 64, 256, 1_000, 10_000, 100_000];

/** A type is named for a column of text if all but so many different values are of it. */
const MOST_STRANGE = 5;
/** Cells that are not of a type, and no fewer than those that are, after which it is given up. */
const PATIENCE = 20;

/** A value, and the line where it comes first. */
export interface Strange {
  readonly cell: string;
  readonly line: number;
}

/** The type that most values of a column of text have. */
export interface NearType {
  readonly type: Guess;
  /** Cells that are not of it. */
  readonly cells: number;
  /** Their values. */
  readonly strange: readonly Strange[];
}

/** What a file's column was found to be. */
export interface GuessedColumn {
  readonly type: Guess;
  /** Other formats of the same type that read other values: two orders of day and month, or two decimal characters. */
  readonly others: readonly Guess[];
  /** Of text. */
  readonly near?: NearType;
  /** No cell is blank. */
  readonly required: boolean;
  /** No value comes twice; not known of more than two million values. */
  readonly unique: boolean;
  readonly maxLength?: number;
  /** The values, by how often they come, where they are a few words. */
  readonly words?: readonly string[];
  /** The first two values. */
  readonly examples: readonly string[];
}

/** A type that has read all cells, or nearly. */
class Candidate {
  readonly guess: Guess;
  /** A checksum of the values it has read: who reads others has another one. */
  sum = 0;
  cells = 0;
  missed = 0;
  /** Values that it does not read, with their first lines. */
  readonly strange = new Map<string, number>();
  readonly #read: (cell: string) => string | undefined;

  constructor({ guess, read }: (typeof READERS)[number]) {
    this.guess = guess;
    this.#read = read;
  }

  /** @returns whether it is still one */
  add(cell: string, line: number): boolean {
    const { type } = this.guess;
    // A number would drop the zeros in front of a code, a date the time behind it.
    if (NUMERIC.includes(type) && LEADING_ZERO.test(cell)) return false;
    const value = type === 'date' && cell.includes(':') ? undefined : this.#read(cell);
    if (value !== undefined) {
      this.cells += 1;
      this.sum = addTo(this.sum, value);
      return true;
    }
    this.missed += 1;
    if (!this.strange.has(cell)) this.strange.set(cell, line);
    return this.strange.size <= MOST_STRANGE && (this.missed < PATIENCE || this.missed < this.cells);
  }
}

/** Looks at the cells of a column, one after the other. */
export class ColumnGuesser {
  #candidates = READERS.map((reader) => new Candidate(reader));
  #cells = 0;
  #blanks = 0;
  #longest = 0;
  #doubled = false;
  readonly #seen = new Set<string>();
  #counts: Map<string, number> | undefined = new Map();
  readonly #examples: string[] = [];

  /** @param cell without blanks around it */
  add(cell: string, line: number): void {
    this.#cells += 1;
    if (cell === '') {
      this.#blanks += 1;
      return;
    }
    this.#candidates = this.#candidates.filter((candidate) => candidate.add(cell, line));
    if (isLonger(cell, this.#longest)) this.#longest = lengthOf(cell);
    this.#remember(cell);
    this.#count(cell);
    if (this.#examples.length < 2 && !this.#examples.includes(cell)) this.#examples.push(cell);
  }

  get guessed(): GuessedColumn {
    const filled = this.#cells - this.#blanks;
    const [first, ...others] = filled === 0 ? [] : this.#candidates.filter(({ missed }) => missed === 0);
    const type = first?.guess ?? { type: 'string' };
    const near = first ? undefined : this.#near();
    const words = type.type === 'string' && type.format === undefined ? this.#words(filled) : undefined;
    return {
      type,
      others: otherReadings(first, others),
      ...(near && { near }),
      required: filled > 0 && this.#blanks === 0,
      unique: filled > 0 && this.#blanks === 0 && !this.#doubled && this.#seen.size === filled,
      ...(type.type === 'string' && type.format === undefined && { maxLength: this.#maxLength() }),
      ...(words && { words }),
      examples: this.#examples,
    };
  }

  /** The type of which the fewest cells are not. */
  #near(): NearType | undefined {
    const [nearest] = this.#candidates
      .filter(({ cells, missed }) => missed < cells)
      .sort((one, other) => one.missed - other.missed);
    if (!nearest) return undefined;
    const { guess, missed, strange } = nearest;
    return { type: guess, cells: missed, strange: [...strange].map(([cell, line]) => ({ cell, line })) };
  }

  #remember(cell: string): void {
    if (this.#doubled || this.#seen.size >= MOST_REMEMBERED) return;
    const digest = digestOf(cell);
    if (this.#seen.has(digest)) {
      this.#doubled = true;
      this.#seen.clear();
    } else this.#seen.add(digest);
  }

  #count(cell: string): void {
    if (!this.#counts) return;
    this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + 1);
    if (this.#counts.size > FEW.values || cell.length > FEW.length) this.#counts = undefined;
  }

  #words(filled: number): string[] | undefined {
    const counts = [...(this.#counts ?? [])];
    if (counts.length < 2 || filled < counts.length * FEW.times) return undefined;
    return counts.sort(([, one], [, other]) => other - one).map(([word]) => word);
  }

  #maxLength(): number {
    const wanted = Math.ceil(this.#longest * 1.5);
    return LENGTHS.find((length) => length >= wanted) ?? Math.max(wanted, 1);
  }
}

/** Tells a value from others, in at most 24 characters. */
export function digestOf(value: string): string {
  return value.length <= 24 ? value : hash('sha256', value, 'base64').slice(0, 22);
}

/** Other formats of the type that have read other values, one of those that read the same. */
function otherReadings(first: Candidate | undefined, others: readonly Candidate[]): Guess[] {
  const bySum = new Map<number, Guess>();
  for (const { guess, sum } of others)
    if (guess.type === first?.guess.type && sum !== first.sum && !bySum.has(sum)) bySum.set(sum, guess);
  return [...bySum.values()];
}

function addTo(sum: number, value: string): number {
  let total = sum;
  for (let at = 0; at < value.length; at += 1) total = (Math.imul(total, 31) + value.charCodeAt(at)) | 0;
  // The end of a value, so that "1", "12" is not "11", "2".
  return (Math.imul(total, 31) + 7) | 0;
}
