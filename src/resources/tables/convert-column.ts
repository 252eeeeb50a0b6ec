/** How the values of a column become those of another type. */
export interface Conversion {
  /** `same`: there is nothing to do. */
  readonly kind: 'same' | 'wider' | 'narrower';
  /** The new value, of a column's old one, in SQL. */
  using(column: string): string;
  /** Of `narrower`: SQL condition on the records whose value the type cannot take. */
  readonly losesWhere?: (column: string) => string;
}

/** Types whose every value is also one of the other, and stays the same. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  integer: ['bigint', 'numeric', 'text'],
  bigint: ['numeric', 'text'],
  numeric: ['text'],
  boolean: ['text'],
  uuid: ['text'],
  'bigint[]': ['numeric[]'],
};

/** Types of integers, and their bounds. */
const INTEGERS: Readonly<Record<string, readonly [string, string]>> = {
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
};

/** Types by how PostgreSQL spells them (`format_type`), where that is not how they are declared. */
const SPELLINGS: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
  'timestamp with time zone[]': 'timestamptz[]',
  'time without time zone[]': 'time[]',
};

/** A type as columns are declared with it. @param spelled as `format_type` gives it */
export function plainType(spelled: string): string {
  return SPELLINGS[spelled] ?? spelled;
}

/** How values of a type become those of another; `undefined` where they cannot. Both are types of declared columns. */
export function conversionOf(from: string, to: string): Conversion | undefined {
  if (from === to) return { kind: 'same', using: (column) => column };
  if (WIDER[from]?.includes(to)) return { kind: 'wider', using: (column) => `${column}::${to}` };
  const bounds = INTEGERS[to];
  if (!bounds || !(from === 'bigint' || from === 'numeric')) return undefined;
  const whole = (column: string) => (from === 'numeric' ? ` and ${column} = trunc(${column})` : '');
  const fits = (column: string) => `${column} between ${bounds[0]} and ${bounds[1]}${whole(column)}`;
  return {
    kind: 'narrower',
    using: (column) => `case when ${fits(column)} then ${column}::${to} end`,
    losesWhere: (column) => `not (${fits(column)})`,
  };
}
