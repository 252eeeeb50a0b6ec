import type { Command } from 'commander';
import { dataOf, openClient, pathOf, TASK } from '../../server/client.ts';
import { type ConnectionOptions, withConnectionOptions } from '../../server/connection.ts';
import { followSubmission } from '../../server/submit-file.ts';
import type { SetExitCode } from '../../terminal/exit.ts';
import { note } from '../../terminal/output.ts';
import { taskId } from '../../terminal/values.ts';

interface RunOptions extends ConnectionOptions {
  readonly json?: true;
}

const HELP = `
If lines of the dry run were corrected (openbulk tasks fix), their last corrections are imported. The import is a new task,
which this command follows as import does.

Example:
  openbulk import people.csv --action import-mdm-users --dry-run
  openbulk tasks run 65f1c0ffee65f1c0ffee65f1`;

export function addTasksRun(tasks: Command, setExitCode: SetExitCode): void {
  withConnectionOptions(
    tasks.command('run').description('import the file that a dry run has checked and wait until the import ends'),
  )
    .argument('<id>', 'id of the dry run or of a fix of it', taskId)
    .option('--json', 'print the final task as JSON')
    .addHelpText('after', HELP)
    .action(async (id: string, options: RunOptions) => setExitCode(await run(id, options)));
}

function run(id: string, options: RunOptions): Promise<number> {
  return followSubmission(options, async (connection, signal) => {
    const path = pathOf({ ...connection, id });
    const { organizations } = openClient(connection);
    const task = await dataOf(connection, organizations.post(`${TASK}/run`, { path, signal }));
    note(`Task ${task.id} was accepted.`);
    return task.id;
  });
}
