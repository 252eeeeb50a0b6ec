import type { Command } from 'commander';
import { dataOf, openClient, pathOf, TASK } from '../../server/client.ts';
import { type ConnectionOptions, withConnection, withConnectionOptions } from '../../server/connection.ts';
import { printJson } from '../../terminal/output.ts';
import { printSummary } from '../../terminal/summary.ts';
import { taskId } from '../../terminal/values.ts';

export function addTasksShow(tasks: Command): void {
  withConnectionOptions(tasks.command('show').description('show a task'))
    .argument('<id>', 'its id', taskId)
    .option('--json', 'print it as JSON')
    .action(show);
}

async function show(id: string, options: ConnectionOptions & { readonly json?: true }): Promise<void> {
  await withConnection(options, 0, async (connection) => {
    const path = pathOf({ ...connection, id });
    const task = await dataOf(connection, openClient(connection).organizations.get(TASK, { path }));
    if (options.json) printJson(task);
    else printSummary(task, (verb) => connection.commandFor(verb, id));
  });
}
