import type { Command } from 'commander';
import { type ConnectionOptions, withConnection, withConnectionOptions } from '../../server/connection.ts';
import { conclude, follow } from '../../server/follow.ts';
import type { SetExitCode } from '../../terminal/exit.ts';
import { note } from '../../terminal/output.ts';
import { Interrupted, listenForSignals } from '../../terminal/signals.ts';
import { taskId } from '../../terminal/values.ts';

type WatchOptions = ConnectionOptions & { readonly json?: true };

/** A server that the command starts also works on the task: there may be no other worker. */
const WORKERS = 2;

export function addTasksWatch(tasks: Command, setExitCode: SetExitCode): void {
  withConnectionOptions(tasks.command('watch').description('wait until a task ends and print the report'))
    .argument('<id>', 'its id', taskId)
    .option('--json', 'print the final task as JSON')
    .addHelpText('after', '\nCtrl-C stops watching; the task continues. The exit codes are those of import.')
    .action(async (id: string, options: WatchOptions) => setExitCode(await watch(id, options)));
}

async function watch(id: string, options: WatchOptions): Promise<number> {
  const signals = listenForSignals(['SIGINT', 'SIGTERM'], (signal) => process.exit(new Interrupted(signal).exitCode));
  try {
    return await withConnection(options, WORKERS, async (connection) => {
      try {
        const task = await follow(connection, id, { signal: signals.first });
        return conclude(connection, task, options.json === true);
      } catch (error) {
        if (error instanceof Interrupted) note(connection.afterLeaving(id));
        throw error;
      }
    });
  } finally {
    signals.close();
  }
}
