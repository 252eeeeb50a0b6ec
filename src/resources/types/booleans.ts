import type { ColumnType } from './column-type.ts';
import { listed } from './listed.ts';

/** What the standard takes for true and false (Table Schema, "boolean"). */
export const TRUE_VALUES = ['true', 'True', 'TRUE', '1'] as const;
export const FALSE_VALUES = ['false', 'False', 'FALSE', '0'] as const;

/** True or false, in the words of a file; PostgreSQL's `t` and `f`. */
export function boolean(
  trueValues: readonly string[] = TRUE_VALUES,
  falseValues: readonly string[] = FALSE_VALUES,
): ColumnType {
  const values = new Map([
    ...trueValues.map((word) => [word, 't'] as const),
    ...falseValues.map((word) => [word, 'f'] as const),
  ]);
  const [yes = 'true'] = trueValues;
  const [no = 'false'] = falseValues;
  return {
    sql: 'boolean',
    expected: `one of ${listed([...trueValues, ...falseValues])}`,
    standardExpected: 'true or false',
    maxLength: 64,
    canonical: (cell) => values.get(cell),
    standard: (text) => STANDARD.get(text),
    spell: (text) => (text === 'true' ? yes : no),
  };
}

const STANDARD = new Map([
  ['true', 't'],
  ['t', 't'],
  ['false', 'f'],
  ['f', 'f'],
]);
