const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A value with the escapes of COPY's text format: all that COPY itself writes, so that equal values have equal bytes. */
export function copyText(value: string): string {
  return value.replace(/[\\\b\f\n\r\t\v]/g, (character) => ESCAPES[character] as string);
}
