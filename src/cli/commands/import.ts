import { type Command, Option } from 'commander';
import { type ImportOrder, OpenBulkError, type Task } from '../../../packages/client/src/index.ts';
import { inWords } from '../server/client.ts';
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
  readonly mode?: ImportOrder['mode'];
  readonly blankCells?: ImportOrder['blankCells'];
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
If this command is killed, running it again continues with the same task instead of creating another (unless you pass
--new). Ctrl-C cancels the task and waits until it has ended (exit code 1); a second Ctrl-C exits at once and leaves the
task as it is (exit code 130). SIGTERM also leaves the task as it is (exit code 143).

Examples:
  openbulk import items.csv --action import-inventory-items
  openbulk import assets.csv --action import-inventory-items --map identifiers.foreignId="Asset Tag" \\
    --map basic.name=Name --set basic.type=laptop --map purchase.orderDate="Purchase Date" --date-format M/D/YY
  zcat users.csv.gz | openbulk import - --action import-mdm-users --override --json`;

export function addImport(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('import')
    .description('import a file, wait until the import ends, and print the report')
    .argument('<file>', 'CSV file, plain or gzip-compressed; - reads standard input')
    .requiredOption('--action <action>', 'import- and the name of a resource, such as import-inventory-items');
  withConnectionOptions(command)
    .option('--override', 'update existing records; otherwise their lines are skipped')
    .addOption(
      new Option(
        '--mode <mode>',
        'instead of --override: insert (a line whose record exists is an error), update (one whose record does not exist is), or delete (each line deletes its record)',
      )
        .choices(['insert', 'update', 'delete'])
        .conflicts('override'),
    )
    .addOption(
      new Option(
        '--blank-cells <what>',
        'what a blank cell does to an existing record: clear (removes its value; the default) or keep',
      ).choices(['clear', 'keep']),
    )
    .option('--map <target=Header>', 'fill a column from the column of the file with this header; repeatable', pair)
    .option('--set <target=value>', 'set a column to this value on every line; repeatable', pair)
    .option('--date-format <format>', 'date format of the file, such as M/D/YY; ISO dates are always accepted')
    .option(
      '--format <target=format>',
      'date format of a column, such as M/D/YY or Excel, or number format, such as 1.234,56; repeatable',
      pair,
    )
    .option('--missing-value <text>', 'cell text to treat as empty, such as NULL; repeatable', texts)
    .option(
      '--allow-short-rows',
      'accept rows with too few cells and treat the missing cells as blank; otherwise such rows are errors',
    )
    .option('--encoding <encoding>', 'character set of the file, if the file does not declare it')
    .option('--dry-run', 'find the outcome of every line without writing anything')
    .option('--new', 'create a new task even if one with this file and these settings has not ended')
    .option('--json', 'print the final task as JSON')
    .addHelpText('after', HELP)
    .action(async (path: string, options: ImportOptions) => setExitCode(await importFile(path, options)));
}

async function importFile(path: string, options: ImportOptions): Promise<number> {
  const config = configOf(options);
  if (startsOwn(options)) await refuseWhatIsWrong(options.action, config);
  return submitFile(path, options, async (connection, input, signal) => {
    try {
      return await begin(connection, input, options, config, signal);
    } catch (error) {
      throw withHint(error, connection, options.action);
    }
  });
}

/** Of an action that there is not, what to do where it is of a resource that nobody has declared. */
function withHint(error: unknown, connection: Connection, action: string): unknown {
  const isUnknown = error instanceof OpenBulkError && error.problems.some(({ field }) => field === 'action');
  if (!isUnknown || !action.startsWith('import-')) return error;
  const hint = `If ${action.slice('import-'.length)} is a resource of your own, declare it first: "openbulk resources plan" and "openbulk resources apply".`;
  return new UsageError(`${inWords(connection, error).message.replace(/(?<![.])$/, '.')} ${hint}`, { cause: error });
}

function configOf({
  override,
  mode,
  blankCells,
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
    override: override === true || mode === 'update',
    ...(mode && { mode }),
    ...(blankCells && { blankCells }),
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
async function refuseWhatIsWrong(action: string, config: Task['config'] & { override: boolean }): Promise<void> {
  // It takes all resources, which other commands need not load.
  const { checkImport } = await import('../../service/submit/check-import.ts');
  const { shipped } = await import('../../service/resources/catalogue.ts');
  // One that does not come with the program may be of a declared resource.
  if (action.startsWith('import-') && !shipped.action(action)) return;
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
      `Continuing task ${id}, which has the same file and settings, after ${lines(report.numItems)}. (To create a new task, pass --new.)`,
    );
    return id;
  }
  const { organization } = connection;
  const { name: fileName, bytes: file } = input;
  // Which actions there are, the server says best.
  const order = { organization, action: action as ImportOrder['action'], file, fileName, ...config };
  return sendFile(connection, input, signal, (client, options) => client.submitImport(order, options));
}
