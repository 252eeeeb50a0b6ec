import type { Command } from 'commander';
import { type ConnectionOptions, withConnectionOptions } from '../../server/connection.ts';
import { sendFile, submitFile } from '../../server/submit-file.ts';
import type { SetExitCode } from '../../terminal/exit.ts';
import { charset, taskId } from '../../terminal/values.ts';

interface FixOptions extends ConnectionOptions {
  readonly encoding?: string;
  readonly json?: true;
}

const HELP = `
The file is the report of the task (openbulk tasks report <id> --excel -o report.csv) with corrected rows, in any order; you
can leave rows out. The corrections become a new task, which this command follows as import does. Each line can be
corrected once.

Example:
  openbulk tasks report 65f1c0ffee65f1c0ffee65f1 --outcome errored --excel -o report.csv
  openbulk tasks fix 65f1c0ffee65f1c0ffee65f1 report.csv`;

export function addTasksFix(tasks: Command, setExitCode: SetExitCode): void {
  withConnectionOptions(
    tasks.command('fix').description('submit the corrected report of a task and wait until it ends'),
  )
    .argument('<id>', 'id of the task', taskId)
    .argument('<file>', 'its report as CSV, plain or gzip-compressed; - reads standard input')
    .option('--encoding <encoding>', 'character set of the file, if the file does not declare it', charset)
    .option('--json', 'print the final task as JSON')
    .addHelpText('after', HELP)
    .action(async (id: string, path: string, options: FixOptions) => setExitCode(await fix(id, path, options)));
}

async function fix(id: string, path: string, options: FixOptions): Promise<number> {
  return submitFile(path, options, (connection, input, signal) =>
    sendFile(connection, input, signal, (client, sending) => {
      const { organization } = connection;
      const order = { file: input.bytes, fileName: input.name, encoding: options.encoding };
      return client.submitFixes({ organization, id }, order, sending);
    }),
  );
}
