/** A moment as an input of type `datetime-local` takes it, in the viewer's zone; `undefined` if it is not valid. @param text RFC 3339 */
export function toLocalTime(text: string): string | undefined {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return undefined;
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
  return local.slice(0, local.endsWith(':00.000Z') ? 16 : 19);
}

/** The moment that such an input has, as RFC 3339; nothing where it has none. */
export function fromLocalTime(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
