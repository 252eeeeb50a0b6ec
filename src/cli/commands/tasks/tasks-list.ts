import { type Command, Option } from 'commander';
import type { Task } from '../../../../packages/client/src/index.ts';
import { dataOf, openClient } from '../../server/client.ts';
import { type ConnectionOptions, withConnection, withConnectionOptions } from '../../server/connection.ts';
import { displayStatus } from '../../terminal/display-status.ts';
import { count, moment, plain } from '../../terminal/format.ts';
import { note, print, printJson, table } from '../../terminal/output.ts';
import { positive } from '../../terminal/values.ts';

interface ListOptions extends ConnectionOptions {
  readonly status?: Task['status'];
  readonly action?: string;
  readonly page: number;
  readonly limit: number;
  readonly json?: true;
}

export function addTasksList(tasks: Command): void {
  withConnectionOptions(tasks.command('list').description('list the tasks of an organization, newest first'))
    .addOption(new Option('--status <status>', 'only those').choices(['pending', 'inProgress', 'completed', 'failed']))
    .option('--action <action>', 'only those')
    .option('--limit <n>', 'so many at most', positive, 20)
    .option('--page <n>', 'the next so many', positive, 1)
    .option('--json', 'print the page as JSON')
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const { status, action, page, limit } = options;
  const query = { ...(status !== undefined && { status }), ...(action !== undefined && { action }), page, limit };
  const found = await withConnection(options, 0, (connection) => {
    const path = { organizationId: connection.organization };
    const { organizations } = openClient(connection);
    return dataOf(connection, organizations.get('/v1/organizations/{organizationId}/bulk-tasks', { path, query }));
  });
  if (options.json) return printJson(found);
  print(table([['ID', 'STATUS', 'ACTION', 'FILE', 'LINES', 'ERRORS', 'CREATED'], ...found.items.map(row)]));
  if (found.totalPages > 1)
    note(`Page ${count(found.page)} of ${count(found.totalPages)}, ${count(found.totalDocs)} tasks in total.`);
}

const FILE_WIDTH = 40;

function row(task: Task): string[] {
  const { id, dryRun, action, file, report, createdAt } = task;
  const name = plain(file?.originalName ?? '');
  const shown = name.length > FILE_WIDTH ? `${name.slice(0, FILE_WIDTH - 1)}…` : name;
  return [
    id,
    `${displayStatus(task)}${dryRun ? ' (dry run)' : ''}`,
    action,
    shown,
    count(report.numItems),
    count(report.numErrors),
    moment(createdAt),
  ];
}
