import fc from 'fast-check';
import { cellText } from '../../../src/readers/csv/cell-text.ts';
import { visible } from '../../../src/task/text/visible.ts';

const SPECIAL = Array.from('\'"=+-@;,\t\n\r| 01.aé\u0301😀\u200b\ufeff＝\ufffd');
const WORDS = [
  ...['=1+1', "'=keep", '="0006003"', '="=""a"""', '||', '1e400', 'NULL', '- Notes', '@timestamp', '__proto__'],
];

/** What a cell or a header of a file may say: any text, and often what programs take for something else. Nothing has U+0000, or `#`. */
export const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...SPECIAL), maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((cell) => !/[\0#]/.test(cell)),
  fc.constantFrom(...WORDS),
);

/** Names of things as people have them, and any others; as they are stored. */
export const anyNames: readonly string[] = ["'=keep", '=1+1', 'x;=2', '@ada', '-', ...fc.sample(anyText, 40)]
  .map(cellText)
  .filter((name) => visible(name) !== '');
