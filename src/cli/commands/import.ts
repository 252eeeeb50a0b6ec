import type { Command } from 'commander';
import type { ImportOrder, Task } from '../../../packages/client/src/index.ts';
import { shipped } from '../../service/resources/catalogue.ts';
import { checkImport } from '../../service/submit/check-import.ts';
import { listImports } from '../../service/tasks/list-actions.ts';
import { type Connection, type ConnectionOptions, startsOwn, withConnectionOptions } from '../server/connection.ts';
import { findUnfinished } from '../server/find-unfinished.ts';
import type { Input } from '../server/input.ts';
import { sendFile, submitFile } from '../server/submit-file.ts';
import { type SetExitCode, UsageError } from '../terminal/exit.ts';
import { lines } from '../terminal/format.ts';
import { note } from '../terminal/output.ts';
import { pair, texts } from '../terminal/values.ts';

interface ImportOptions extends ConnectionOptions {
  readonly action: string;
  readonly override?: true;
  readonly map?: readonly (readonly [string, string])[];
  readonly set?: readonly (readonly [string, string])[];
  readonly dateFormat?: string;
  readonly format?: readonly (readonly [string, string])[];
  readonly missingValue?: string[];
  readonly allowShortRows?: true;
  readonly encoding?: string;
  readonly dryRun?: true;
  readonly new?: true;
  readonly json?: true;
}

const HELP = `
Killed in the middle, the same command goes on with the task where it stopped, instead of making another (--new makes
another all the same). Ctrl-C cancels the task and waits for that, with exit code 1; a second Ctrl-C leaves at once and
the task as it is, with exit code 130; SIGTERM leaves it as it is as well, with exit code 143.

Examples:
  openbulk import items.csv --action import-inventory-items
  openbulk import assets.csv --action import-inventory-items --map identifiers.foreignId="Asset Tag" \\
    --map basic.name=Name --set basic.type=laptop --map purchase.orderDate="Purchase Date" --date-format M/D/YY
  zcat users.csv.gz | openbulk import - --action import-mdm-users --override --json`;

export function addImport(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('import')
    .description('import a file, follow it to its end, and print the report')
    .argument('<file>', 'CSV file, plain or gzipped; - reads standard input')
    .requiredOption('--action <action>', `what to do: ${listImports().join(', ')}`);
  withConnectionOptions(command)
    .option('--override', 'update records that exist already; else their lines are skipped')
    .option('--map <target=Header>', 'fill a column from the one that the file calls so; may be repeated', pair)
    .option('--set <target=value>', 'give a column this value on every line; may be repeated', pair)
    .option('--date-format <format>', 'how the file writes dates, such as M/D/YY; ISO dates are always read')
    .option(
      '--format <target=format>',
      'how the file writes the dates of a column, such as M/D/YY or Excel, or its numbers, such as 1.234,56; may be repeated',
      pair,
    )
    .option('--missing-value <text>', 'cells that mean that there is no value, such as NULL; may be repeated', texts)
    .option(
      '--allow-short-rows',
      'take rows that end early, and the cells that they lack as blank; else they are errors',
    )
    .option('--encoding <encoding>', 'character set of the file, where it does not say so itself')
    .option('--dry-run', 'find out what would become of every line, and write nothing')
    .option('--new', 'make a new task even if one of this file and these settings is not over')
    .option('--json', 'print the final task as JSON')
    .addHelpText('after', HELP)
    .action(async (path: string, options: ImportOptions) => setExitCode(await importFile(path, options)));
}

async function importFile(path: string, options: ImportOptions): Promise<number> {
  const config = configOf(options);
  if (startsOwn(options)) refuseWhatIsWrong(options.action, config);
  return submitFile(path, options, (connection, input, signal) => begin(connection, input, options, config, signal));
}

function configOf({
  override,
  map,
  set,
  dateFormat,
  format,
  missingValue,
  allowShortRows,
  encoding,
  dryRun,
}: ImportOptions): Task['config'] & { override: boolean } {
  return {
    override: override === true,
    ...(map && { mapping: Object.fromEntries(map) }),
    ...(set && { constants: Object.fromEntries(set) }),
    ...(dateFormat !== undefined && { dateFormat }),
    ...(format && { formats: Object.fromEntries(format) }),
    ...(missingValue && { missingValues: missingValue }),
    ...(allowShortRows && { allowShortRows }),
    ...(encoding !== undefined && { encoding }),
    ...(dryRun && { dryRun }),
  };
}

/** An own server is of this very program: what it would refuse need not wait for its start. */
function refuseWhatIsWrong(action: string, config: Task['config'] & { override: boolean }): void {
  // One that it does not bring may be of a declared resource.
  if (!shipped.action(action)) return;
  const problems = checkImport(shipped, action, config);
  if (problems.length > 0)
    throw new UsageError(problems.map(({ field, message }) => `${field}: ${message}`).join('; '));
}

/** Goes on with what an earlier run has left, or submits the input. @returns the task's id */
async function begin(
  connection: Connection,
  input: Input,
  options: ImportOptions,
  config: Task['config'],
  signal: AbortSignal,
): Promise<string> {
  const { action } = options;
  const unfinished = await findUnfinished(connection, { action, config, input, signal });
  if (unfinished && !options.new) {
    const { id, report } = unfinished;
    note(
      `Going on with task ${id} of the same file and settings, after ${lines(report.numItems)}. (--new makes a new one.)`,
    );
    return id;
  }
  const { organization } = connection;
  const { name: fileName, bytes: file } = input;
  // Which actions there are, the server says best.
  const order = { organization, action: action as ImportOrder['action'], file, fileName, ...config };
  return sendFile(connection, input, signal, (client, options) => client.submitImport(order, options));
}
