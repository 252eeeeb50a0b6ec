import { type Command, InvalidArgumentError, Option } from 'commander';
import { type OpenBulk, OpenBulkError } from '../../../packages/client/src/index.ts';
import { toHex24 } from '../../task/ids.ts';
import { parseJson } from '../../task/json/exact-json.ts';
import { inWords, openClient } from '../server/client.ts';
import {
  type Connection,
  type ConnectionOptions,
  withConnection,
  withConnectionOptions,
} from '../server/connection.ts';
import { followSubmission } from '../server/submit-file.ts';
import { EXIT, type SetExitCode, UsageError } from '../terminal/exit.ts';
import { count, moment } from '../terminal/format.ts';
import { note, print, printJson } from '../terminal/output.ts';
import { durationSeconds, pair, positive, resource } from '../terminal/values.ts';

interface ActOptions extends ConnectionOptions {
  readonly resource: string;
  readonly set?: readonly (readonly [string, string])[];
  readonly delete?: true;
  readonly action?: string;
  readonly where?: readonly object[];
  readonly all?: true;
  readonly reason?: string;
  readonly limit?: number;
  readonly duration?: number;
  readonly at?: string;
  readonly preview?: true;
  readonly json?: true;
}

const HELP = `
Which records match is found first, and only those are changed (with --at, those that match by then). Ctrl-C cancels the task; records that were
changed stay changed. Exit codes are those of import.

--where takes FIELD=VALUE, or criteria as JSON; of several, all must hold. Values are written as records show them.

Examples:
  openbulk act --resource customers --where country=ES --set segment=south
  openbulk act --resource customers --where '{"field": "since", "op": "lt", "value": "2020-01-01"}' --delete --reason "too old"
  openbulk act --resource inventory-items --all --set basic.status=sold --duration 7d --preview
  openbulk act --where vendor="Apple, Inc." --action block --reason lost --duration 1h`;

const DEVICE_ACTIONS = ['block', 'deny', 'throttle', 'monitor', 'allow', 'cleanup'];

export function addAct(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('act')
    .description('set columns of the records that match criteria, or delete them, and print the outcome')
    .option('--resource <name>', 'resource of the records', resource, 'devices');
  withConnectionOptions(command)
    .option('--set <field=value>', 'set a column to this value; nothing after = clears it; repeatable', pair)
    .addOption(new Option('--delete', 'delete the records').conflicts(['set', 'duration']))
    .addOption(new Option('--action <type>', 'action on devices').choices(DEVICE_ACTIONS).conflicts(['set', 'delete']))
    .option('--where <criteria>', 'FIELD=VALUE, or criteria as JSON; repeatable', condition)
    .addOption(new Option('--all', 'all records').conflicts('where'))
    .option('--reason <text>', 'why; required with --delete')
    .option('--limit <n>', 'never change more records than this', positive)
    .option('--duration <time>', 'put back what was before after a time such as 90s, 15m, 1h or 7d', durationSeconds)
    .option('--at <time>', 'not before this time, such as 2026-12-24T18:00:00Z; the command does not wait for it')
    .option('--preview', 'print how many records match, and the first 20, and change none')
    .option('--json', 'print the final task, or the preview, as JSON')
    .addHelpText('after', HELP)
    .action(async (options: ActOptions) => setExitCode(await act(options)));
}

/** Reads one more condition. */
function condition(text: string, before: readonly object[] = []): object[] {
  if (!text.trimStart().startsWith('{')) {
    const [[field, value] = ['', '']] = pair(text);
    return [...before, { field, op: 'eq', value }];
  }
  try {
    return [...before, parseJson(text) as object];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidArgumentError('It is neither FIELD=VALUE nor JSON.');
  }
}

type Order = Parameters<typeof preview>[1];

async function act(options: ActOptions): Promise<number> {
  const order = orderOf(options);
  if (options.preview) {
    return withConnection(options, 0, async (connection) => {
      const { preview_count: matching, sample } = await preview(connection, order);
      if (options.json) printJson({ preview_count: matching, sample });
      else print([`${matched(matching, options)}`, ...sample.map((record) => JSON.stringify(record))].join('\n'));
      return EXIT.ok;
    });
  }
  if (options.at !== undefined) return schedule(options, order, options.at);
  return followSubmission({ ...options, doing: 'Changing' }, async (connection) => {
    const { preview_count: matching, preview_token } = await preview(connection, order);
    note(matched(matching, options));
    const id = toHex24((await submit(connection, options, { ...order, preview_token })).job_id);
    note(`Task ${id} was accepted.`);
    return id;
  });
}

/** Makes a task that waits for its time. */
async function schedule(options: ActOptions, order: Order, at: string): Promise<number> {
  return withConnection(options, 0, async (connection) => {
    const job = await submit(connection, options, { ...order, scheduled_at: at });
    const id = toHex24(job.job_id);
    if (options.json) printJson(job);
    else
      print(`Task ${id} begins at ${moment(job.scheduled_at)}. To cancel it: ${connection.commandFor('cancel', id)}`);
    return EXIT.ok;
  });
}

function matched(matching: number, { resource: name }: ActOptions): string {
  return `${count(matching)} ${matching === 1 ? 'record' : 'records'} of ${name} ${matching === 1 ? 'matches' : 'match'}.`;
}

/** What is asked for. @throws UsageError when it is not said what to do, or to which records */
function orderOf(options: ActOptions) {
  const { set, where, all, limit = 0 } = options;
  const type = set ? 'set' : options.delete ? 'delete' : options.action;
  if (type === undefined) throw new UsageError('Say what to do: --set FIELD=VALUE, --delete, or --action.');
  if (options.delete && !options.preview && !options.reason?.trim())
    throw new UsageError('Say why the records are deleted: --reason TEXT.');
  if (!where && !all) throw new UsageError('Say which records: --where CRITERIA, or --all.');
  return {
    criteria_json: { all: where ?? [] } as Record<string, unknown>,
    action_type: type,
    max_limit: limit,
    resource: options.resource,
    ...(set && { values: Object.fromEntries(set) }),
  };
}

async function preview(connection: Connection, body: ReturnType<typeof orderOf>) {
  return asked(connection, (client, headers) => client.actions.post('/api/actions/bulk/preview', { headers, body }));
}

async function submit(
  connection: Connection,
  { reason = '', duration = 0 }: ActOptions,
  order: Order & { readonly preview_token?: string; readonly scheduled_at?: string },
) {
  const body = { ...order, action_reason: reason, action_duration: duration };
  return asked(connection, (client, headers) =>
    client.actions.post('/api/actions/bulk/jobs', { headers, body, idempotent: true }),
  );
}

/** Asks in the organization of the command. */
async function asked<Answer>(
  connection: Connection,
  ask: (client: OpenBulk, headers: { 'OpenBulk-Organization': string }) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask(openClient(connection), { 'OpenBulk-Organization': connection.organization });
  } catch (error) {
    throw error instanceof OpenBulkError ? inWords(connection, error) : error;
  }
}
