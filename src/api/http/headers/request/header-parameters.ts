const PARAMETER = /;\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;\s]*))/g;

/** A header value such as `form-data; name="file"`: what it is, in lower case, and its parameters. */
export interface ParameterizedHeader {
  readonly value: string;
  /** By name in lower case; the first wins. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Parses `Content-Type` and `Content-Disposition` (RFC 9110 §5.6.6). In a quoted string only `\"` and `\\` are escapes: browsers
 * send the backslashes of a Windows path as they are.
 */
export function parseHeader(header: string): ParameterizedHeader {
  const [value = ''] = header.split(';', 1);
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(["\\])/g, '$1') ?? token ?? '');
  }
  return { value: value.trim().toLowerCase(), parameters };
}
