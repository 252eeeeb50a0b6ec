import { hash } from 'node:crypto';
import { isLonger, lengthOf } from '../../task/text/characters.ts';
import type { Field } from '../declaration/declaration.ts';
import { fieldType } from '../types/field-type.ts';

/** A column's type as the standard writes it, in part. */
type Guess = Pick<Field, 'type'> & Partial<Field>;

/** Which types are tried, in the order of preference. Dates in two orders are both kept until a cell decides. */
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
    ['%Y', '%y'].flatMap((y) => [`%d${s}%m${s}${y}`, `%m${s}%d${s}${y}`].map((format): Guess => ({ type: 'date', format }))),
  ),
  { type: 'datetime' },
  { type: 'time' },
  ...['uuid', 'email', 'uri'].map((format): Guess => ({ type: 'string', format })),
];

const CANDIDATES = GUESSES.map((guess) => ({
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
const MOST_REMEMBERED = 2_000_000;
/** Lengths that a text is declared to have at most: the first that leaves room for half as much again. */
const LENGTHS = [16, 64, 256, 1_000, 10_000, 100_000];

/** What a file's column was found to be. */
export interface GuessedColumn {
  readonly type: Guess;
  /** Types that read the cells as well, in another way: two orders of day and month. */
  readonly ambiguous: boolean;
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

/** Looks at the cells of a column, one after the other. */
export class ColumnGuesser {
  #candidates = CANDIDATES;
  #cells = 0;
  #blanks = 0;
  #longest = 0;
  #doubled = false;
  readonly #seen = new Set<string>();
  #counts: Map<string, number> | undefined = new Map();
  readonly #examples: string[] = [];

  /** @param cell without blanks around it */
  add(cell: string): void {
    this.#cells += 1;
    if (cell === '') {
      this.#blanks += 1;
      return;
    }
    const code = LEADING_ZERO.test(cell);
    this.#candidates = this.#candidates.filter(
      ({ guess, read }) => !(code && NUMERIC.includes(guess.type)) && read(cell) !== undefined,
    );
    if (isLonger(cell, this.#longest)) this.#longest = lengthOf(cell);
    this.#remember(cell);
    this.#count(cell);
    if (this.#examples.length < 2 && !this.#examples.includes(cell)) this.#examples.push(cell);
  }

  get guessed(): GuessedColumn {
    const filled = this.#cells - this.#blanks;
    const [first, ...others] = filled === 0 ? [] : this.#candidates;
    const type = first?.guess ?? { type: 'string' as const };
    const words = type.type === 'string' && type.format === undefined ? this.#words(filled) : undefined;
    return {
      type,
      ambiguous: type.type === 'date' && others.some(({ guess }) => guess.type === 'date'),
      required: filled > 0 && this.#blanks === 0,
      unique: filled > 0 && this.#blanks === 0 && !this.#doubled && this.#seen.size === filled,
      ...(type.type === 'string' && type.format === undefined && { maxLength: this.#maxLength() }),
      ...(words && { words }),
      examples: this.#examples,
    };
  }

  #remember(cell: string): void {
    if (this.#doubled || this.#seen.size >= MOST_REMEMBERED) return;
    const digest = cell.length <= 24 ? cell : hash('sha256', cell, 'base64').slice(0, 22);
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
