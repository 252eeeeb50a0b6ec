import type { Command } from 'commander';
import { type ConnectionOptions, withConnection, withConnectionOptions } from '../../server/connection.ts';
import { ask } from '../../server/http.ts';
import type { TaskView } from '../../server/wire.ts';
import { note, print, printJson } from '../../terminal/output.ts';
import { taskId } from '../../terminal/values.ts';

/** What can be done to a task that is not over, and what is said when it was. */
const CHANGES = {
  cancel: { does: 'stop a task for good; what was applied stays', done: 'cancelled' },
  pause: { does: 'hold a task where it is', done: 'paused' },
  resume: { does: 'let a paused task go on', done: 'resumed' },
} as const;

export function addTaskChanges(tasks: Command): void {
  for (const [verb, { does, done }] of Object.entries(CHANGES)) {
    withConnectionOptions(tasks.command(verb).description(does))
      .argument('<id>', 'its id', taskId)
      .option('--json', 'print the task as JSON')
      .action((id: string, options: ConnectionOptions & { readonly json?: true }) => change(verb, done, id, options));
  }
}

async function change(
  verb: string,
  done: string,
  id: string,
  options: ConnectionOptions & { readonly json?: true },
): Promise<void> {
  await withConnection(options, 0, async (connection) => {
    const task = await ask<TaskView>(connection, `/${id}/${verb}`, { method: 'POST', onWait: note });
    if (options.json) printJson(task);
    else print(`Task ${id} is ${done}.`);
  });
}
