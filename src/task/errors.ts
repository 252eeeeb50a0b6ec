import { named } from './text/visible.ts';

/** Why a task as a whole fails. */
export type TaskErrorCode =
  | 'empty_file'
  | 'not_text'
  | 'file_unreadable'
  | 'file_missing'
  | 'compressed_too_large'
  | 'header_too_large'
  | 'missing_column'
  | 'duplicate_column'
  | 'unsupported_action'
  | 'poisonous_line'
  | 'table_unfit'
  | 'table_changed'
  | 'too_slow';

/** Thrown if a task as a whole cannot be processed; the engine sets its status to `failed`. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly code: TaskErrorCode;

  /** @param message a sentence that says what, where and what to do; shown to people unchanged */
  constructor(code: TaskErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_SHOWN = 120;

/**
 * A value as a reason shows it (docs/api/ledger.md "Reasons and codes"): quoted, on one line, with the numbers of invisible characters,
 * cut at 120 characters.
 */
export function shown(value: string): string {
  // A character has at most two UTF-16 units; one more tells whether there is more.
  const characters = Array.from(value.slice(0, (MAX_SHOWN + 1) * 2));
  const cut = characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN).join('')}…` : characters.join('');
  return `"${named(cut.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '))}"`;
}
