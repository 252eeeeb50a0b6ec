/** Data on stdout, everything else on stderr: what `openbulk … | jq` needs. No colours, so NO_COLOR has nothing to switch off. */

/** Writes data: a line, or several. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes data as JSON, indented for people. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Says something to the person at the terminal. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What became of the data that a command has written. */
export interface Output {
  /** What kept some of it from being written, which has been said. */
  readonly failure: Error | undefined;
}

/**
 * A reader that went away (`| head`) is no error of ours: what is still written goes nowhere, quietly. Whatever else keeps data from being
 * written, such as a full disk, is said once, and has the process end with `exitCode`.
 */
export function watchOutput(exitCode: number): Output {
  const output: { failure: Error | undefined } = { failure: undefined };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO' || output.failure) return;
    output.failure = error;
    note(`error: The output could not be written: ${WHY[error.code ?? ''] ?? error.message}.`);
    // It may be told after the command has ended.
    process.exitCode = exitCode;
  });
  // Nothing could be said of it.
  process.stderr.on('error', () => {});
  return output;
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

/** Rows as a table with aligned columns, the first row being the head. Columns of numbers are right-aligned. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const numeric = widths.map((_, i) => rows.length > 1 && rows.slice(1).every((row) => /^[\d,]+$/.test(row[i] ?? '')));
  const cell = (text: string, i: number) => (numeric[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0));
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
