import { fieldMessages } from '../../errors/messages.ts';

/** Maximum number of characters of an unknown name in a message. */
const MAX_TOLD = 64;

/** An unknown name in a form that any response can contain. */
export function nameFor(given: string): string {
  return tellable(given.slice(0, MAX_TOLD));
}

/** A text with a sign in the place of what no answer can tell. */
export function tellable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

export const UNSTORABLE = fieldMessages.unstorable;

/** Whether PostgreSQL can keep a text: its `text` has no U+0000, and its `jsonb` no lone surrogates. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
