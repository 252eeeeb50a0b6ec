import type { Command } from 'commander';
import { dataOf, openClient, pathOf, TASK } from '../../server/client.ts';
import { type ConnectionOptions, withConnection, withConnectionOptions } from '../../server/connection.ts';
import { print, printJson } from '../../terminal/output.ts';
import { taskId } from '../../terminal/values.ts';

/** What can be done to a task that is not over, and what is said when it was. */
const CHANGES = {
  cancel: { does: 'cancel a task; lines that are already applied stay applied', done: 'cancelled' },
  pause: { does: 'pause a task until it is resumed', done: 'paused' },
  resume: { does: 'resume a paused task', done: 'resumed' },
} as const;

type Verb = keyof typeof CHANGES;

export function addTaskChanges(tasks: Command): void {
  for (const verb of Object.keys(CHANGES) as Verb[]) {
    const { does } = CHANGES[verb];
    withConnectionOptions(tasks.command(verb).description(does))
      .argument('<id>', 'its id', taskId)
      .option('--json', 'print the task as JSON')
      .action((id: string, options: ConnectionOptions & { readonly json?: true }) => change(verb, id, options));
  }
}

async function change(verb: Verb, id: string, options: ConnectionOptions & { readonly json?: true }): Promise<void> {
  await withConnection(options, 0, async (connection) => {
    const path = pathOf({ ...connection, id });
    const { organizations } = openClient(connection);
    const task = await dataOf(connection, organizations.post(`${TASK}/${verb}`, { path, idempotent: true }));
    if (options.json) printJson(task);
    else print(`Task ${id} is ${CHANGES[verb].done}.`);
  });
}
