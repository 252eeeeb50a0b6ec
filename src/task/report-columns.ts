/** The columns that a report as CSV has behind those of the file. */
export const REPORT_COLUMNS = ['line', 'code', 'column', 'reason', 'extraCells'] as const;
/** Those that reports had in earlier versions. */
const OLD_REPORT_COLUMNS = REPORT_COLUMNS.slice(0, -1);

/** The columns of a file without those of a report, which the file of a report has, too. */
export function columnsOf(header: readonly string[]): readonly string[] {
  for (const columns of [REPORT_COLUMNS, OLD_REPORT_COLUMNS])
    if (header.slice(-columns.length).join() === columns.join()) return header.slice(0, -columns.length);
  return header;
}

/** Whether a file is a report of ours. */
export function isReport(header: readonly string[]): boolean {
  return columnsOf(header) !== header;
}
