import { named } from './text/visible.ts';

/**
 * The closed sets of what can go wrong. The core names an error; a dialect words it
 * (`satisfies Record<TaskErrorCode, …>`), so a new code does not compile until every dialect knows it.
 */

/** Why one line of an input was not applied. Stable: it is what a program reads in a report. */
export type LineErrorCode =
  | 'required'
  | 'invalid_value'
  | 'too_long'
  | 'missing_key'
  | 'ragged_row'
  | 'invalid_encoding'
  | 'invalid_quoting'
  | 'invalid_json'
  | 'not_an_object'
  | 'conflicting_ids'
  | 'too_deep'
  | 'document_too_large'
  | 'row_too_large'
  | 'too_slow';

/** Why a task as a whole could not be done. */
export type TaskErrorCode =
  | 'empty_file'
  | 'not_text'
  | 'file_unreadable'
  | 'file_missing'
  | 'compressed_too_large'
  | 'header_too_large'
  | 'missing_column'
  | 'duplicate_column'
  | 'invalid_mapping'
  | 'unsupported_action'
  | 'poisonous_line'
  | 'too_slow';

/** What became wrong with one line: data for its report, never thrown. */
export interface LineError {
  readonly code: LineErrorCode;
  /** Target column at fault, where it is one column's. */
  readonly column?: string;
  /** A sentence for a person that names the column and the value (docs/api/ledger.md "Reasons and codes"). */
  readonly reason: string;
}

/** Thrown where a task as a whole cannot be done; the engine turns it into the status `failed`. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly code: TaskErrorCode;

  /** @param message a sentence that says what, where and what to do; it is shown to people as it is */
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
