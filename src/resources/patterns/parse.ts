import { ANY, charactersOf, escapedSet } from './character-sets.ts';
import { complement, type Ranges, union, without } from './ranges.ts';

/** What a pattern matches, as a tree. */
export type Node =
  | { readonly kind: 'set'; readonly set: Ranges }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

/** Why a text is no pattern; the message says what to do. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

const MAX_LENGTH = 2_000;
const MAX_DEPTH = 50;
/** Of a repetition. */
const MAX_COUNT = 1_000;

const SINGLE: Readonly<Record<string, number>> = { n: 0xa, r: 0xd, t: 0x9 };

/**
 * Reads a pattern (XML Schema, part 2, appendix F), which matches a whole text. Beyond that, what people write: `^` where the text
 * begins and `$` where it ends, `(?:…)`, a backslash before any punctuation mark, `\xHH` and `\uHHHH`, lazy quantifiers.
 *
 * @throws PatternError
 */
export function parsePattern(source: string): Node {
  if (source.length > MAX_LENGTH) throw new PatternError(`it has more than ${MAX_LENGTH} characters`);
  return new Parser(source).parse();
}

class Parser {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#characters = Array.from(source);
  }

  parse(): Node {
    const node = this.#choice(true);
    if (this.#at < this.#characters.length)
      throw new PatternError('it closes a parenthesis that is not open: write \\) to mean one');
    return node;
  }

  /** @param outermost whether its ends are those of the text, as far as can be told before them */
  #choice(outermost: boolean): Node {
    const options = [this.#branch(outermost)];
    while (this.#take('|')) options.push(this.#branch(outermost));
    return options.length === 1 ? (options[0] as Node) : { kind: 'choice', options };
  }

  #branch(outermost: boolean): Node {
    const parts: Node[] = [];
    for (;;) {
      const character = this.#peek();
      if (character === undefined || character === '|' || character === ')') break;
      if (character === '^') {
        if (!outermost || parts.length > 0) throw new PatternError('it has ^ within: write \\^ to mean that character');
        this.#at += 1;
      } else if (character === '$') {
        this.#at += 1;
        if (!this.#atEnd()) throw new PatternError('it has $ within: write \\$ to mean that character');
      } else {
        parts.push(this.#quantified(outermost && parts.length === 0));
      }
    }
    return parts.length === 1 ? (parts[0] as Node) : { kind: 'sequence', parts };
  }

  /** Whether nothing but ends of groups, and other branches, come before the end of the text. */
  #atEnd(): boolean {
    let depth = this.#depth;
    for (let at = this.#at; at < this.#characters.length; at += 1) {
      const character = this.#characters[at];
      if (character === '|' && depth === this.#depth) return depth === 0 || this.#endsAfterGroup(at);
      if (character !== ')') return false;
      depth -= 1;
    }
    return depth === 0;
  }

  /** Whether the group that is open at a place ends the pattern. */
  #endsAfterGroup(from: number): boolean {
    let depth = this.#depth;
    let set = false;
    for (let at = from; at < this.#characters.length; at += 1) {
      const character = this.#characters[at];
      if (character === '\\') at += 1;
      else if (set) set = character !== ']';
      else if (depth === 0) return false;
      else if (character === '[') set = true;
      else if (character === '(') depth += 1;
      else if (character === ')') depth -= 1;
    }
    return depth === 0;
  }

  #quantified(outermost: boolean): Node {
    const part = this.#atom(outermost);
    const quantifier = this.#quantifier();
    if (!quantifier) return part;
    // Greedy or lazy, the whole text matches or does not.
    this.#take('?');
    if (this.#quantifier()) throw new PatternError('a quantifier follows a quantifier: put a group between them');
    const { min, max } = quantifier;
    return min === 1 && max === 1 ? part : { kind: 'repeat', part, min, max };
  }

  #quantifier(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (!this.#take('{')) return undefined;
    const end = this.#characters.indexOf('}', this.#at);
    const [, least = '', comma, most = ''] =
      /^(\d{1,6})(,)?(\d{1,6})?$/.exec(this.#characters.slice(this.#at, end < 0 ? this.#at : end).join('')) ?? [];
    if (least === '' || (most !== '' && comma === undefined))
      throw new PatternError('{ begins no number of times: write \\{ to mean that character');
    this.#at = end + 1;
    const min = Number(least);
    const max = comma === undefined ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    if (max < min) throw new PatternError(`{${min},${max}} goes from more to less`);
    if (min > MAX_COUNT || (max > MAX_COUNT && max !== Number.POSITIVE_INFINITY)) {
      throw new PatternError(
        `it repeats something more than ${MAX_COUNT} times: use minLength and maxLength for lengths`,
      );
    }
    return { min, max };
  }

  #atom(outermost: boolean): Node {
    const character = this.#next() as string;
    if (character === '(') return this.#group(outermost);
    if (character === '[') return { kind: 'set', set: this.#set() };
    if (character === '.') return { kind: 'set', set: ANY };
    if (character === '\\') return { kind: 'set', set: this.#escape() };
    if ('?*+{'.includes(character))
      throw new PatternError(
        `${character} has nothing before it to repeat: write \\${character} to mean that character`,
      );
    return { kind: 'set', set: one(character) };
  }

  #group(outermost: boolean): Node {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new PatternError(`its groups are more than ${MAX_DEPTH} levels deep`);
    if (this.#take('?') && !this.#take(':')) {
      throw new PatternError(
        'it has a group that begins with (?: of those, only (?:…) is read; look-around and flags are not',
      );
    }
    const node = this.#choice(outermost);
    if (!this.#take(')'))
      throw new PatternError('it opens a parenthesis that it does not close: write \\( to mean one');
    this.#depth -= 1;
    return node;
  }

  #escape(): Ranges {
    const letter = this.#next();
    if (letter === undefined) throw new PatternError('it ends with a backslash: write two to mean one');
    const single = Object.hasOwn(SINGLE, letter) ? SINGLE[letter] : undefined;
    if (single !== undefined) return [[single, single]];
    if (letter === 'p' || letter === 'P') return this.#property(letter === 'P');
    if (letter === 'x') return this.#hexadecimal(2);
    if (letter === 'u') return this.#hexadecimal(4);
    const set = escapedSet(letter);
    if (set) return set;
    if (/[0-9A-Za-z]/.test(letter)) {
      throw new PatternError(
        /[1-9]/.test(letter)
          ? `\\${letter} refers back to a group, which is not read`
          : `\\${letter} stands for nothing; the whole text is matched anyway`,
      );
    }
    return one(letter);
  }

  #property(inverted: boolean): Ranges {
    const end = this.#characters.indexOf('}', this.#at);
    const name = this.#peek() === '{' && end > 0 ? this.#characters.slice(this.#at + 1, end).join('') : '';
    const set = charactersOf(name);
    if (!set)
      throw new PatternError(
        `\\p{${name}} is no category of characters that is known here: write the range of characters, such as [Α-Ω]`,
      );
    this.#at = end + 1;
    return inverted ? complement(set) : set;
  }

  #hexadecimal(length: number): Ranges {
    const digits = this.#characters.slice(this.#at, this.#at + length).join('');
    if (!/^[0-9a-f]+$/i.test(digits) || digits.length < length)
      throw new PatternError(`\\${length === 2 ? 'x' : 'u'} needs ${length} hexadecimal digits behind it`);
    this.#at += length;
    const point = Number.parseInt(digits, 16);
    return [[point, point]];
  }

  /** A class in brackets, whose `[` is taken. */
  #set(): Ranges {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new PatternError(`its groups are more than ${MAX_DEPTH} levels deep`);
    const inverted = this.#take('^');
    const parts: Ranges[] = [];
    let removed: Ranges | undefined;
    for (;;) {
      const character = this.#next();
      if (character === undefined)
        throw new PatternError('it opens a bracket that it does not close: write \\[ to mean one');
      if (character === ']' && parts.length > 0) break;
      if (character === ']')
        throw new PatternError('it has brackets with nothing in them: write \\] to mean a bracket');
      if (character === '[' && this.#peek() === ':')
        throw new PatternError('[:…:] is not read: write \\p{…} or a range');
      if (character === '-' && this.#peek() === '[' && parts.length > 0) {
        this.#at += 1;
        removed = this.#set();
        if (!this.#take(']')) throw new PatternError('what is taken out of a class is its last part');
        break;
      }
      parts.push(this.#member(character));
    }
    this.#depth -= 1;
    const set = inverted ? complement(union(...parts)) : union(...parts);
    return removed ? without(set, removed) : set;
  }

  /** A character of a class, a range, or an escape. */
  #member(character: string): Ranges {
    const first = character === '\\' ? this.#escape() : one(character);
    const [next, after] = [this.#peek(), this.#characters[this.#at + 1]];
    if (next !== '-' || after === undefined || after === ']' || after === '[') return first;
    this.#at += 1;
    const letter = this.#next() as string;
    const last = letter === '\\' ? this.#escape() : one(letter);
    const [[from] = [0], [to] = [0]] = [first[0], last[0]];
    if (!isSingle(first) || !isSingle(last))
      throw new PatternError('a range goes from one character to another: write \\- to mean a hyphen');
    if (to < from)
      throw new PatternError(
        `the range ${String.fromCodePoint(from)}-${String.fromCodePoint(to)} is the wrong way round`,
      );
    return [[from, to]];
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string | undefined {
    this.#at += 1;
    return this.#characters[this.#at - 1];
  }

  #take(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

function one(character: string): Ranges {
  const point = character.codePointAt(0) as number;
  return [[point, point]];
}

function isSingle(set: Ranges): boolean {
  return set.length === 1 && set[0]?.[0] === set[0]?.[1];
}
