/** Which lines a task's page shows, as the address has it; what is not there is as it is by itself. */
export interface View {
  /** The skipped lines instead of those with errors. */
  readonly show?: 'skipped';
  /** Only the errors of one cause: its code, and the column if it is one column's. */
  readonly code?: string;
  readonly column?: string;
  /** From this line on. */
  readonly from?: number;
}

/** What an address asks for. What cannot be understood is passed over. */
export function parseTaskView({ show, code, column, from }: Readonly<Record<string, unknown>>): View {
  const line = Number(from);
  const start = Number.isSafeInteger(line) && line > 1 && { from: line };
  if (show === 'skipped') return { show, ...start };
  return {
    ...(typeof code === 'string' && code !== '' && { code }),
    ...(typeof column === 'string' && column !== '' && { column }),
    ...start,
  };
}
