import type { Preview } from './preview.ts';

/** Columns that can be chosen from on a page; a table of people has some dozens. */
export const MOST_COLUMNS = 500;

/** Whether a file can be mapped here. */
export function isReadable({ header }: Preview): boolean {
  return header.length <= MOST_COLUMNS;
}
