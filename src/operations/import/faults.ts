import type { LineError } from '../../task/errors.ts';

/** Faults of a line that are told in full beside its first: the ledger keeps the reason of every errored line. */
const TOLD = 4;
/** Columns that are named after them. */
const NAMED = 20;

/**
 * The error of a line with several faults: the code and column of the first, and the sentences of all, up to five; of more, the columns.
 * A file that is corrected by its report needs one pass so, and not one for each column.
 */
export function oneError(first: LineError, others: Iterable<LineError>): LineError {
  const rest = [...others];
  if (rest.length === 0) return first;
  const sentences = [first, ...rest.slice(0, TOLD)].map(({ reason }) => reason);
  const more = rest.slice(TOLD).flatMap(({ column }) => column ?? []);
  if (more.length > 0) {
    const names = more.slice(0, NAMED).join(', ');
    sentences.push(`Also wrong: ${names}${more.length > NAMED ? ` and ${more.length - NAMED} more columns` : ''}.`);
  }
  return { ...first, reason: sentences.join(' ') };
}
