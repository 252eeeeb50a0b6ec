import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import type { ReportOptions as Report } from '../../../../packages/client/src/index.ts';
import { openClient } from '../../server/client.ts';
import { type ConnectionOptions, withConnection, withConnectionOptions } from '../../server/connection.ts';
import { taskId } from '../../terminal/values.ts';

interface ReportOptions extends ConnectionOptions, Report {
  readonly output?: string;
}

export function addTasksReport(tasks: Command): void {
  withConnectionOptions(tasks.command('report').description('print every line that was not applied, with the reason'))
    .argument('<id>', 'id of the task', taskId)
    .addOption(new Option('--format <format>', 'how').choices(['csv', 'ndjson', 'json']).default('csv'))
    .addOption(new Option('--outcome <outcome>', 'only lines with this outcome').choices(['errored', 'skipped']))
    .option('--excel', 'begin CSV with a byte-order mark, so that Excel reads its characters rightly')
    .option('-o, --output <file>', 'write the report to this file')
    .action(report);
}

async function report(id: string, options: ReportOptions): Promise<void> {
  await withConnection(options, 0, async (connection) => {
    const { organization } = connection;
    const body = await openClient(connection).downloadReport({ organization, id }, options);
    if (options.output === undefined) return pipeline(body, process.stdout, { end: false });
    // Under another name until it is whole, so that a partial report is never mistaken for a complete one.
    const partial = `${options.output}.part`;
    try {
      await pipeline(body, createWriteStream(partial));
      await rename(partial, options.output);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  });
}
