import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { type ConnectionOptions, withConnection, withConnectionOptions } from '../../server/connection.ts';
import { connectionError, type Endpoint, send } from '../../server/http.ts';
import { withPatience } from '../../server/patience.ts';
import { CommandError } from '../../terminal/exit.ts';
import { note } from '../../terminal/output.ts';
import { taskId } from '../../terminal/values.ts';

interface ReportOptions extends ConnectionOptions {
  readonly format: string;
  readonly outcome?: string;
  readonly output?: string;
  readonly excel?: true;
}

export function addTasksReport(tasks: Command): void {
  withConnectionOptions(tasks.command('report').description('print every line that was not applied, and why'))
    .argument('<id>', 'id of the task', taskId)
    .addOption(new Option('--format <format>', 'how').choices(['csv', 'ndjson', 'json']).default('csv'))
    .addOption(new Option('--outcome <outcome>', 'only those lines').choices(['errored', 'skipped']))
    .option('--excel', 'begin CSV with a byte-order mark, so that Excel reads its characters rightly')
    .option('-o, --output <file>', 'write it to this file')
    .action(report);
}

async function report(id: string, options: ReportOptions): Promise<void> {
  await withConnection(options, 0, async (connection) => {
    if (options.output === undefined) return download(connection, id, options, process.stdout);
    // Under another name until it is whole, so that half a report is never taken for one.
    const partial = `${options.output}.part`;
    try {
      await download(connection, id, options, createWriteStream(partial));
      await rename(partial, options.output);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  });
}

const PATIENCE_MILLISECONDS = 10_000;

async function download(
  endpoint: Endpoint,
  id: string,
  { format, outcome, excel }: ReportOptions,
  to: Writable,
): Promise<void> {
  const query = new URLSearchParams({
    format,
    ...(outcome !== undefined && { outcome }),
    ...(excel && { excel: 'true' }),
  });
  const response = await withPatience({ milliseconds: PATIENCE_MILLISECONDS, onWait: note }, () =>
    send(endpoint, `/${id}/report?${query}`),
  );
  if (!response.body) throw new CommandError('The server sent no report.');
  const body = Readable.from(response.body as AsyncIterable<Uint8Array>);
  body.on('error', () => {});
  await pipeline(body, to, { end: to !== process.stdout }).catch((error: unknown) => {
    throw isOfFile(error) ? error : connectionError(endpoint.url, error);
  });
}

/** Whether writing failed (EPIPE, ENOSPC, ENOENT …) rather than the download. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error && !/^ECONN/.test(String(error.code));
}
