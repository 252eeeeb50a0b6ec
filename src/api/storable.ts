export const UNSTORABLE = 'must not contain the character U+0000 or half a character';

/** Whether PostgreSQL can keep a text: its `text` has no U+0000, and its `jsonb` no lone surrogates. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
