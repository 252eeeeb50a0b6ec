/** Characters; what comes back has to fit into an address. */
const MAX_LENGTH = 1024;
const NOWHERE = 'http://nowhere.invalid';

/**
 * A path on this server, with query and fragment, as a browser would understand it; `undefined` for whatever leads elsewhere, such as
 * `//evil.example`, `/\evil.example` or `https:/evil.example`.
 */
export function localPath(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_LENGTH || !/^\/(?![/\\])/.test(text)) return undefined;
  // Browsers leave tabs and line breaks out of an address, wherever they are.
  if (/[\p{Cc}\\]/u.test(text)) return undefined;
  const url = URL.parse(text, NOWHERE);
  // Dots may leave two slashes at the beginning: /.//evil.example
  if (url?.origin !== NOWHERE || url.pathname.startsWith('//')) return undefined;
  return url.pathname + url.search + url.hash;
}
