/** What of a list was last shown, by the list. */
const last = new Map<string, Readonly<Record<string, unknown>>>();

/** Remembers what of a list is shown, so that the way back from one of its members leads there. @param list with its organization */
export function rememberView(list: string, view: object): void {
  last.set(list, { ...view });
}

/** What of a list was last shown in this page; all of it where it was not. */
export function lastView(list: string): Readonly<Record<string, unknown>> {
  return last.get(list) ?? {};
}
