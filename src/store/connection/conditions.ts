import { join, raw, type Sql, sql } from './sql.ts';

/** Conditions and what is made of them: each part is true or false of a row, so `not` has all rows that its part has not. */
export type Conditions<Leaf> =
  | { readonly all: readonly Conditions<Leaf>[] }
  | { readonly any: readonly Conditions<Leaf>[] }
  | { readonly not: Conditions<Leaf> }
  | Leaf;

/**
 * Conditions as one, in parentheses. All of none is true, any of none is false.
 *
 * @param compileLeaf says what a leaf means; it may be null of a row, which then is not one that it is true of
 */
export function compileConditions<Leaf extends object>(part: Conditions<Leaf>, compileLeaf: (leaf: Leaf) => Sql): Sql {
  const among = (parts: readonly Conditions<Leaf>[], word: string, ofNone: string) =>
    parts.length === 0
      ? raw(`(${ofNone})`)
      : sql`(${join(
          parts.map((one) => compileConditions(one, compileLeaf)),
          ` ${word} `,
        )})`;
  if ('all' in part) return among(part.all, 'and', 'true');
  if ('any' in part) return among(part.any, 'or', 'false');
  // Not `not`: a comparison with a missing value is null in SQL, and the opposite of null is null.
  if ('not' in part) return sql`(${compileConditions(part.not, compileLeaf)} is not true)`;
  return sql`(${compileLeaf(part)})`;
}
