import sql, { join, raw as rawText, type Sql } from 'sql-template-tag';

/**
 * How statements are written (docs/decisions/0019-sql-that-counts-itself.md):
 *
 * - `` sql`…` `` is a fragment: text that carries its values, which number themselves. What stands in `${…}` is a value, or another
 *   fragment; our own words are `raw`. A whole one is run as it is.
 * - `statement` is one whose text never changes; its values have names and come later.
 * - A short text with a value or two needs neither.
 */
export { join, type Sql, sql };

/** Our own words as they are. */
export function raw(words: string | number): Sql {
  return rawText(`${words}`);
}

/** A text of ours as a constant, where a parameter would not do. */
export function literal(text: string): Sql {
  return raw(`'${text.replaceAll("'", "''")}'`);
}

/** A value, cast to a type. */
export function typed(value: unknown, type: string): Sql {
  return sql`${value}::${raw(type)}`;
}

/** A statement that each session keeps under this name. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Names of prepared statements, by their texts. */
const names = new Map<string, string>();

/**
 * A query that each session parses once and, as a rule, plans once, which takes longer than to run a short one: of the 0.38 ms that
 * PostgreSQL is busy with reading a task, 0.31. As a rule: it goes on planning for the values at hand where a plan for any
 * values would be dearer.
 *
 * @param query of which there are few texts, whatever its values, since each session keeps each (150 KB with its plan) to its end
 */
export function prepared({ text, values }: Pick<Prepared, 'text' | 'values'>): Prepared {
  return { name: nameOf(text), text, values };
}

function nameOf(text: string): string {
  const name = names.get(text) ?? `openbulk_${names.size}`;
  names.set(text, name);
  return name;
}

/** Stands in a `statement` for a value that comes later. */
class Parameter {
  readonly name: string | symbol;

  constructor(name: string | symbol) {
    this.name = name;
  }
}

/**
 * A prepared statement whose values have names; its text is made once. A name that stands in it several times is one parameter.
 *
 * @param write gives the statement, with the parameter of each name for its values
 * @returns makes the query of the values of those names
 */
export function statement<Values extends object>(
  write: (parameters: Readonly<Record<keyof Values, Parameter>>) => Sql,
): (values: Values) => Prepared {
  const parameters = new Proxy({}, { get: (_, name) => new Parameter(name) });
  const { strings, values: places } = write(parameters as Readonly<Record<keyof Values, Parameter>>);
  const order: (keyof Values)[] = [];
  const numbered = places.map((place, index) => {
    if (!(place instanceof Parameter)) throw new TypeError('A statement takes its values later, by their names.');
    const name = place.name as keyof Values;
    return `$${order.includes(name) ? order.indexOf(name) + 1 : order.push(name)}${strings[index + 1]}`;
  });
  const text = `${strings[0]}${numbered.join('')}`;
  const name = nameOf(text);
  return (values) => ({ name, text, values: order.map((one) => values[one]) });
}
