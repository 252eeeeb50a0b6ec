import { complement, type Ranges, union } from './ranges.ts';

/** Unicode's general categories that a pattern can name (XML Schema, part 2, appendix F). */
const CATEGORY = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?)$/;

/** Blocks of Unicode that people name; of others, a pattern says the range. */
const BLOCKS: Readonly<Record<string, readonly [number, number]>> = {
  BasicLatin: [0x0, 0x7f],
  'Latin-1Supplement': [0x80, 0xff],
  'LatinExtended-A': [0x100, 0x17f],
  'LatinExtended-B': [0x180, 0x24f],
  Greek: [0x370, 0x3ff],
  Cyrillic: [0x400, 0x4ff],
  Hebrew: [0x590, 0x5ff],
  Arabic: [0x600, 0x6ff],
  Hiragana: [0x3040, 0x309f],
  Katakana: [0x30a0, 0x30ff],
  CJKUnifiedIdeographs: [0x4e00, 0x9fff],
};

const found = new Map<string, Ranges>();

/** The characters that have a property, such as `Lu` or `IsGreek`; `undefined` when it is none that is known. */
export function charactersOf(property: string): Ranges | undefined {
  if (property.startsWith('Is')) {
    const block = Object.hasOwn(BLOCKS, property.slice(2)) ? BLOCKS[property.slice(2)] : undefined;
    return block && [block];
  }
  return CATEGORY.test(property) ? inCategory(property) : undefined;
}

function inCategory(category: string): Ranges {
  const known = found.get(category);
  if (known) return known;
  const runs: [number, number][] = [];
  const pattern = new RegExp(`\\p{${category}}+`, 'gu');
  for (let start = 0; start <= 0x10ffff; start += PIECE) {
    const text = String.fromCodePoint(...Array.from({ length: PIECE }, (_, index) => start + index));
    const width = start < 0x10000 ? 1 : 2;
    for (const { 0: run, index } of text.matchAll(pattern)) {
      const first = start + index / width;
      runs.push([first, first + run.length / width - 1]);
    }
  }
  const ranges = union(runs);
  found.set(category, ranges);
  return ranges;
}

/** Code points that are looked at together; the surrogates are pieces by themselves, which make no pairs. */
const PIECE = 0x400;

const SPACE: Ranges = [
  [0x9, 0xa],
  [0xd, 0xd],
  [0x20, 0x20],
];
/** XML 1.0, section 2.3: what a name begins with, and what it goes on with. */
const NAME_START: Ranges = [
  ...([
    [0x3a, 0x3a],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
    [0xc0, 0xd6],
    [0xd8, 0xf6],
    [0xf8, 0x2ff],
  ] as const),
  ...([
    [0x370, 0x37d],
    [0x37f, 0x1fff],
    [0x200c, 0x200d],
    [0x2070, 0x218f],
    [0x2c00, 0x2fef],
  ] as const),
  ...([
    [0x3001, 0xd7ff],
    [0xf900, 0xfdcf],
    [0xfdf0, 0xfffd],
    [0x10000, 0xeffff],
  ] as const),
];
const NAME: Ranges = union(NAME_START, [
  [0x2d, 0x2e],
  [0x30, 0x39],
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
]);

/** What a letter behind a backslash stands for (XML Schema, part 2, appendix F.1.1); `undefined` of any other. */
export function escapedSet(letter: string): Ranges | undefined {
  const lower = letter.toLowerCase();
  const set = multiCharacter(lower);
  return set && (letter === lower ? set : complement(set));
}

function multiCharacter(letter: string): Ranges | undefined {
  if (letter === 's') return SPACE;
  if (letter === 'i') return NAME_START;
  if (letter === 'c') return NAME;
  if (letter === 'd') return inCategory('Nd');
  if (letter === 'w') return complement(union(inCategory('P'), inCategory('Z'), inCategory('C')));
  return undefined;
}

/** Any character but those that end a line. */
export const ANY: Ranges = complement([
  [0xa, 0xa],
  [0xd, 0xd],
]);
