import { shown } from '../../task/errors.ts';
import { isRawNumber } from '../../task/json/exact-json.ts';
import { nearest, slipOf } from './nearest.ts';
import { at, type Problems } from './problems.ts';

/** The members of an object of a declaration: each is read once, and what was not read is told. */
export class Members {
  readonly pointer: string;
  readonly #problems: Problems;
  readonly #rest: Map<string, unknown>;
  readonly #given: ReadonlySet<string>;

  /** @param value an object, as `objectOf` tells */
  constructor(value: object, pointer: string, problems: Problems) {
    this.pointer = pointer;
    this.#problems = problems;
    this.#rest = new Map(Object.entries(value));
    this.#given = new Set(this.#rest.keys());
  }

  at(name: string): string {
    return at(this.pointer, name);
  }

  /** The value of a member, which is then read. A member that is null is none. */
  take(name: string): unknown {
    const value = this.#rest.get(name);
    this.#rest.delete(name);
    return value === null ? undefined : value;
  }

  problem(name: string, message: string, advice: string): undefined {
    return this.#problems.add(this.at(name), message, advice);
  }

  /** A problem of something else. */
  report(pointer: string, message: string, advice: string): undefined {
    return this.#problems.add(pointer, message, advice);
  }

  has(name: string): boolean {
    return this.#rest.has(name);
  }

  /** What is given, as it is, without taking it. */
  peek(name: string): unknown {
    return this.#rest.get(name);
  }

  text(name: string, { most = 10_000, blank = false }: { most?: number; blank?: boolean } = {}): string | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    return this.#textOf(value, this.at(name), most, blank);
  }

  flag(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'boolean') return value;
    // As v1's own examples have it in places.
    if (value === 'true' || value === 'false') return value === 'true';
    return this.problem(name, `${name} is ${described(value)}.`, 'Write true or false, without quotes.');
  }

  /** A whole number of at least `least`. */
  count(name: string, least: number, most = 1_000_000_000): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
    return this.problem(name, `${name} is ${described(value)}.`, `Write a whole number from ${least} to ${most}.`);
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : this.#word(value, this.at(name), words);
  }

  /** Words of a closed set, each once. */
  words<Word extends string>(name: string, words: readonly Word[]): Word[] | undefined {
    const values = this.array(name);
    return (
      values && [...new Set(values.flatMap((value, index) => this.#word(value, at(this.at(name), index), words) ?? []))]
    );
  }

  /** Texts; a single one may stand for a list of it. */
  texts(name: string, { most = 10_000, blank = false }: { most?: number; blank?: boolean } = {}): string[] | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const values = typeof value === 'string' ? [value] : this.#arrayOf(value, name);
    return values?.flatMap((entry, index) => this.#textOf(entry, at(this.at(name), index), most, blank) ?? []);
  }

  array(name: string): readonly unknown[] | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : this.#arrayOf(value, name);
  }

  object(name: string): Members | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : this.objectOf(value, this.at(name));
  }

  /** The members of a value that must be an object. */
  objectOf(value: unknown, pointer: string): Members | undefined {
    if (isObject(value)) return new Members(value, pointer, this.#problems);
    return this.#problems.add(pointer, `It is ${described(value)}.`, 'Write an object, in braces.');
  }

  byLanguage(name: string): Record<string, string> | undefined {
    const members = this.object(name);
    if (!members) return undefined;
    const entries: [string, string][] = [];
    for (const language of members.names()) {
      const text = members.text(language);
      if (!/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(language)) {
        members.problem(
          language,
          `${shown(language)} is not a language tag.`,
          'Write a language tag such as en or pt-BR.',
        );
      } else if (text !== undefined) entries.push([language, text]);
    }
    return Object.fromEntries(entries);
  }

  /** The names of members that were not read yet. */
  names(): string[] {
    return [...this.#rest.keys()];
  }

  /** All that was not read, as it is written. */
  rest(): Record<string, unknown> {
    return Object.fromEntries(this.#rest);
  }

  /** Tells of each member that was not read: of our own members there are no others. */
  refuseRest(known: readonly string[]): void {
    for (const name of this.names()) {
      const similar = nearest(name, known);
      const advice = similar ? `Did you mean ${similar}?` : `Remove it. The members are ${known.join(', ')}.`;
      this.problem(name, `Unknown member ${shown(name)}.`, advice);
    }
  }

  /**
   * Warns of members that were not read, and are most likely slips of members that are not given: the standard allows any, so they are
   * kept.
   *
   * @param inner members of a member, by its name
   */
  warnOfSlips(known: readonly string[], inner: Readonly<Record<string, readonly string[]>> = {}): void {
    const missing = (names: readonly string[]) => names.filter((name) => !this.#given.has(name));
    for (const name of this.names()) {
      const advice = this.#meant(name, missing(known), inner);
      if (advice) this.#problems.warn(this.at(name), `The member ${shown(name)} has no effect.`, advice);
    }
  }

  #meant(
    name: string,
    known: readonly string[],
    inner: Readonly<Record<string, readonly string[]>>,
  ): string | undefined {
    const similar = slipOf(name, known);
    if (similar !== undefined) return `Did you mean ${similar}?`;
    for (const [member, names] of Object.entries(inner)) {
      const within = slipOf(name, names);
      if (within !== undefined) return `Did you mean ${within} within ${member}?`;
    }
    return undefined;
  }

  #arrayOf(value: unknown, name: string): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value;
    return this.problem(name, `${name} is ${described(value)}.`, 'Write a list, in brackets.');
  }

  #word<Word extends string>(value: unknown, pointer: string, words: readonly Word[]): Word | undefined {
    const found = words.find((word) => word === value);
    if (found) return found;
    const similar = typeof value === 'string' ? nearest(value, words) : undefined;
    const advice = similar ? `Did you mean ${similar}?` : `Write one of ${words.join(', ')}.`;
    return this.#problems.add(pointer, `It is ${described(value)}, which is not one of the values.`, advice);
  }

  #textOf(value: unknown, pointer: string, most: number, blank: boolean): string | undefined {
    if (typeof value !== 'string') {
      return this.#problems.add(pointer, `It is ${described(value)}.`, 'Write a text, in quotes.');
    }
    if (value === '' && !blank) return this.#problems.add(pointer, 'It is blank.', 'Write a text, or remove it.');
    if (value.length > most) {
      return this.#problems.add(pointer, `It has ${value.length} characters.`, `Write at most ${most}.`);
    }
    if (value.includes('\0') || !value.isWellFormed()) {
      const message = 'It contains a NUL character or an unpaired surrogate, which PostgreSQL cannot store.';
      return this.#problems.add(pointer, message, 'Remove that character.');
    }
    return value;
  }
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** A value as a message shows it. */
export function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return shown(value);
  if (isRawNumber(value)) return shown(value.rawJSON).slice(1, -1);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
