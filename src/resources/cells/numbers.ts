import type { CellReader } from './cell-reader.ts';

/** Characters that people write for the same separator. */
const ALIKE: Readonly<Record<string, string>> = { ' ': '[ \u00a0\u202f]', "'": "['\u2019]", '.': '\\.', ',': ',' };

/**
 * A reader of numbers written as `format` shows it by the number 1234.56, such as `1.234,56` or `1 234,56`: which mark separates
 * thousands (a dot, a comma, a space, an apostrophe or nothing; a number may do without) and which one decimals. It gives the plain
 * spelling, with a point and nothing else.
 *
 * @returns `undefined` when `format` does not show that
 */
export function numberReader(format: string): CellReader | undefined {
  const [, thousands = '', decimals = ''] = /^1([., ']?)234([.,])56$/.exec(format) ?? [];
  if (decimals === '' || thousands === decimals) return undefined;
  const grouped = thousands && `\\d{1,3}(?:${ALIKE[thousands]}\\d{3})+|`;
  const pattern = new RegExp(`^([+-]?)(${grouped}\\d+)(?:${ALIKE[decimals]}(\\d+))?$`);
  return (cell) => {
    const match = pattern.exec(cell);
    if (!match) return undefined;
    const [, sign, whole = '', fraction] = match;
    const digits = whole.replace(/\D/g, '');
    return `${sign}${digits}${fraction === undefined ? '' : `.${fraction}`}`;
  };
}
