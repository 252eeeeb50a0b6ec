/** Length of a text in characters as people and PostgreSQL count them, not in UTF-16 units, of which some have two. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** Whether a text has more than `most` characters; nearly always that takes no counting. */
export function isLonger(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || lengthOf(text) > most);
}

/** The first characters of a text, at most this many. */
export function cut(text: string, most: number): string {
  if (!isLonger(text, most)) return text;
  return Array.from(text.slice(0, 2 * most))
    .slice(0, most)
    .join('');
}
