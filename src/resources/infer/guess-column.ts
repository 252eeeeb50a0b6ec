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

const CANDIDATES = GUESSES.map((guess) => ({
  guess,
  read: fieldType({ name: '', constraints: {}, openbulk: {}, custom: {}, ...guess }, (_, message) => {
    throw new Error(message);
  }).canonical,
  sum: 0,
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
  /** Whether another format of the same type reads other values: two orders of day and month, or two decimal characters. */
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

/** A type that has read all cells. */
interface Candidate {
  readonly guess: Guess;
  read(cell: string): string | undefined;
  /** A checksum of the values it has read: who reads others has another one. */
  readonly sum: number;
}

/** Looks at the cells of a column, one after the other. */
export class ColumnGuesser {
  #candidates: readonly Candidate[] = CANDIDATES;
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
    const timed = cell.includes(':');
    this.#candidates = this.#candidates.flatMap((candidate) => {
      const { type } = candidate.guess;
      // A number would drop the zeros in front of a code, a date the time behind it.
      const cut = (code && NUMERIC.includes(type)) || (timed && type === 'date');
      const value = cut ? undefined : candidate.read(cell);
      return value === undefined ? [] : { ...candidate, sum: addTo(candidate.sum, value) };
    });
    if (isLonger(cell, this.#longest)) this.#longest = lengthOf(cell);
    this.#remember(cell);
    this.#count(cell);
    if (this.#examples.length < 2 && !this.#examples.includes(cell)) this.#examples.push(cell);
  }

  get guessed(): GuessedColumn {
    const filled = this.#cells - this.#blanks;
    const [first, ...others] = filled === 0 ? [] : this.#candidates;
    const type = first?.guess ?? { type: 'string' };
    const words = type.type === 'string' && type.format === undefined ? this.#words(filled) : undefined;
    return {
      type,
      ambiguous: others.some(({ guess, sum }) => guess.type === type.type && sum !== first?.sum),
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

function addTo(sum: number, value: string): number {
  let total = sum;
  for (let at = 0; at < value.length; at += 1) total = (Math.imul(total, 31) + value.charCodeAt(at)) | 0;
  // The end of a value, so that "1", "12" is not "11", "2".
  return (Math.imul(total, 31) + 7) | 0;
}
