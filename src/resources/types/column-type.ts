/** PostgreSQL types of the columns that records have; docs/declarations.md "Types" says why each. */
export type SqlType =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamptz'
  | 'uuid'
  | 'bytea'
  | 'jsonb'
  | ListSqlType;

/** Lists of values of one type. */
export type ListSqlType = 'text[]' | 'bigint[]' | 'numeric[]' | 'boolean[]' | 'date[]' | 'time[]' | 'timestamptz[]';

/**
 * What a column's cells may be. `canonical` takes a trimmed, non-empty cell and gives the one spelling of its value that
 * PostgreSQL reads as text, or `undefined` when the cell is no such value; two cells are equal exactly when their canonical
 * spellings are, so a change can be told without asking the database.
 */
export interface ColumnType {
  /** PostgreSQL type of the column. */
  readonly sql: SqlType;
  /** PostgreSQL type by which criteria compare the values, where it is not the column's. */
  readonly comparedAs?: 'inet';
  /** The column's own order means nothing: durations as text. */
  readonly unordered?: true;
  /** Completes "must be …" in a reason. */
  readonly expected: string;
  /** The same of what is written as the API writes it, where that is otherwise. */
  readonly standardExpected?: string;
  /** What else can be done about a file whose cells are otherwise; follows `expected` in brackets. */
  readonly advice?: string;
  /** Whether a text is a value of the type as the API writes it, perhaps one that the column does not take: `advice` is for others. */
  isWell?(text: string): boolean;
  /** Longest cell, in characters (`lengthOf`); a longer one is `too_long`. */
  readonly maxLength: number;
  /** Whatever a cell holds is kept, invisible characters too; of others they are dropped. */
  readonly verbatim?: true;
  /** Values can be told by how they look: a mapping can be suggested by them. */
  readonly distinctive?: true;
  /** What a file may write in ways of its own: an import can be told which (`formats.ts`). */
  readonly format?: 'date' | 'number';
  canonical(cell: string): string | undefined;
  /**
   * Reads what is written as the API writes it, or is canonical already, where a file's cells are written otherwise (a declared
   * format, decimal sign, words for true and false); `canonical` where it is not given.
   */
  readonly standard?: (text: string) => string | undefined;
  /** Writes the API's spelling of a value as a file's cell, which `canonical` reads as that value or refuses. As it is where it is not given. */
  readonly spell?: (text: string) => string;
  /** Of a list: what stands between its entries, and what each entry must be. */
  readonly list?: { readonly delimiter: string; readonly item: ColumnType };
}

/** Reads a value that is written as the API writes it. */
export function readStandard(type: ColumnType, text: string): string | undefined {
  return (type.standard ?? type.canonical)(text);
}
