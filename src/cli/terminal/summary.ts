import type { Task } from '../../../packages/client/src/index.ts';
import { displayStatus } from './display-status.ts';
import { count, lines, moment, plain } from './format.ts';
import { print, table } from './output.ts';

/** Maximum number of errored lines that are printed. */
const SHOWN_ERRORS = 10;

/**
 * Prints the result of a task, for people.
 *
 * @param commandFor the command line that does something with the task, such as `report`
 */
export function printSummary(task: Task, commandFor: (verb: string) => string): void {
  const { report, file, dryRun } = task;
  print(`Task ${task.id}: ${statusText(task)}`);
  if (dryRun) print('A dry run: nothing was written. The lines would have these outcomes:');
  print(`${task.action}${file ? ` of ${plain(file.originalName)}` : ''}, ${moment(task.createdAt)}\n`);
  print(countsTable(report));
  for (const warning of report.warnings ?? []) print(`\nWarning: ${plain(warning)}`);
  if (report.numErrors > 0) {
    printErrors(report, commandFor('report'));
    if (task.action.startsWith('import-')) print(`To submit the corrected report: ${commandFor('fix')} FILE`);
  }
  if (dryRun && task.status === 'completed') print(`\nTo import the checked file: ${commandFor('run')}`);
}

/** `completed`, `paused`, `failed: why`. */
function statusText(task: Task): string {
  if (task.cancelledBy !== undefined) return `cancelled by ${plain(task.cancelledBy)}`;
  const status = displayStatus(task);
  const text = status === 'inProgress' ? 'in progress' : status;
  return task.error && !task.paused ? `${text}: ${plain(task.error)}` : text;
}

function countsTable({ numItems, numInserts, numUpdates, numDeletes, numSkips, numErrors }: Task['report']): string {
  const rows = [
    ['inserted', numInserts],
    ['updated', numUpdates],
    ...(numDeletes === undefined ? [] : [['deleted', numDeletes] as const]),
    ['skipped', numSkips],
    ['errored', numErrors],
    ['lines in total', numItems],
  ] as const;
  return table([['', ''], ...rows.map(([what, number]) => [`  ${what}`, count(number)])])
    .split('\n')
    .slice(1)
    .join('\n');
}

function printErrors({ erroredLines = [], numErrors }: Task['report'], reportCommand: string): void {
  const first = erroredLines.slice(0, SHOWN_ERRORS);
  const rest = numErrors - first.length;
  print(rest > 0 ? `\nThe first ${count(first.length)} of ${lines(numErrors)} with errors:` : '\nLines with errors:');
  for (const { line, column, reason } of first) {
    // The line's number as an editor wants it, not grouped; the column where the reason does not name it.
    const where = column && !reason.includes(column) ? `line ${line}, ${column}` : `line ${line}`;
    print(`  ${plain(where)}: ${plain(reason)}`);
  }
  print(`\n${rest > 0 ? 'All of them' : 'With their values'}: ${reportCommand} --outcome errored`);
}
