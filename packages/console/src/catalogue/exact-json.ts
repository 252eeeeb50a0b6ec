/** A number as JSON writes it, where JavaScript would write another or write it otherwise: 9223372036854775807, 1.50. */
export class ExactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }
}

/** Strings, which may have digits in them, and numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses JSON without altering a number: one that JavaScript would not write as it is written is an `ExactNumber`.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  let found = false;
  let name = 'exact';
  // No member of the text has this name.
  while (text.includes(name)) name += '_';
  const marked = text.replace(TOKENS, (token) => {
    if (token.startsWith('"') || String(Number(token)) === token) return token;
    found = true;
    return `{"${name}":"${token}"}`;
  });
  if (!found) return JSON.parse(text);
  // What is not JSON is found out without the marks, which could make it some.
  JSON.parse(text);
  return JSON.parse(marked, (_, value) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? new ExactNumber(value[name]) : value,
  );
}

/** The JSON of a value, with every number as it was written. @param indent before each line of it; none: all is one line */
export function writeJson(value: unknown, indent?: string): string {
  if (value instanceof ExactNumber) return value.source;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const isList = Array.isArray(value);
  const inner = indent === undefined ? undefined : `${indent}  `;
  const members = isList
    ? value.map((each) => writeJson(each, inner))
    : Object.entries(value)
        .filter(([, each]) => each !== undefined)
        .map(([name, each]) => `${JSON.stringify(name)}:${inner === undefined ? '' : ' '}${writeJson(each, inner)}`);
  const [open, close] = isList ? '[]' : '{}';
  if (inner === undefined || members.length === 0) return `${open}${members.join(',')}${close}`;
  return `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}
