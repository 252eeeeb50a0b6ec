import { createRequire } from 'node:module';
import type * as Re2 from 're2js';
import { isCheap, sizeOf } from './cost.ts';
import { type Node, PatternError, parsePattern } from './parse.ts';
import type { Ranges } from './ranges.ts';

/** A pattern that tells in time that grows with the text, and no faster, whether it matches all of it. */
export interface Pattern {
  /** Longest text, in characters, that takes no more than some milliseconds. */
  readonly maxLength: number;
  test(text: string): boolean;
}

/** Characters of a pattern with its repetitions written out: each costs something for each character of a text. */
const MAX_SIZE = 1_000;
/** Characters of a text that a pattern of that size takes 0.1 s for. */
const MAX_TEXT = 10_000;

/**
 * Compiles a pattern of XML Schema. Where it can be shown that going back costs nothing (`isCheap`), it is one for JavaScript's own
 * engine: 9 million cells a second; else RE2's automata match it: 1 million.
 *
 * @throws PatternError when it is none, or too large
 */
export function compilePattern(source: string): Pattern {
  const node = parsePattern(source);
  if (sizeOf(node) > MAX_SIZE)
    throw new PatternError(
      `with its repetitions written out it has more than ${MAX_SIZE} characters: use minLength and maxLength for lengths`,
    );
  if (isCheap(node)) {
    const pattern = new RegExp(`^(?:${written(node, '\\u')})$`, 'u');
    return { maxLength: Number.POSITIVE_INFINITY, test: (text) => pattern.test(text) };
  }
  return linear(written(node, '\\x'));
}

function linear(source: string): Pattern {
  // Read only where a pattern needs it: 28 ms.
  const { RE2JS } = createRequire(import.meta.url)('re2js') as typeof Re2;
  const pattern = RE2JS.compile(source);
  return { maxLength: MAX_TEXT, test: (text) => pattern.matches(text) };
}

/** The pattern in the common syntax of both engines, which write a character by its number in their own ways. */
function written(node: Node, prefix: '\\u' | '\\x'): string {
  if (node.kind === 'set') return writtenSet(node.set, prefix);
  if (node.kind === 'sequence') return node.parts.map((part) => written(part, prefix)).join('');
  if (node.kind === 'choice') return `(?:${node.options.map((option) => written(option, prefix)).join('|')})`;
  const { part, min, max } = node;
  const times = max === Number.POSITIVE_INFINITY ? `{${min},}` : `{${min},${max}}`;
  return `(?:${written(part, prefix)})${times}`;
}

function writtenSet(set: Ranges, prefix: string): string {
  const point = (number: number) => `${prefix}{${number.toString(16)}}`;
  const [only] = set;
  if (!only) return `[^${point(0)}-${point(0x10ffff)}]`;
  if (set.length === 1 && only[0] === only[1]) return point(only[0]);
  return `[${set.map(([first, last]) => (first === last ? point(first) : `${point(first)}-${point(last)}`)).join('')}]`;
}
