import { type Command, Option } from 'commander';
import { sweep } from '../../boot/sweep.ts';
import { listRetention, type RetentionDays, setRetention } from '../../service/platform/retention-periods.ts';
import { type Origin, origins } from '../../task/origins.ts';
import { CommandError } from '../terminal/exit.ts';
import { count } from '../terminal/format.ts';
import { note, print, printJson, table } from '../terminal/output.ts';
import { days } from '../terminal/values.ts';
import { namedOrganization, withDatabase } from '../with-database.ts';

interface ListOptions {
  readonly org: string;
  readonly json?: true;
}

interface SetOptions extends RetentionDays {
  readonly org: string;
  readonly dialect?: Origin;
}

const HELP = `
The files and lines of a task are deleted --results days after it ends, and the task is archived; the task itself is
deleted --summary days later. The periods also apply to existing tasks, at the next sweep.

Example:
  openbulk retention set --org demo --dialect activityid --results 7 --summary 90`;

export function addRetention(program: Command): void {
  const retention = program.command('retention').description('how long ended tasks are kept');
  retention
    .command('list')
    .description('show the retention periods of an organization')
    .requiredOption('--org <org>', 'its slug or id')
    .option('--json', 'print them as JSON')
    .action(list);
  retention
    .command('set')
    .description('set the retention periods of an organization')
    .requiredOption('--org <org>', 'its slug or id')
    .addOption(new Option('--dialect <dialect>', 'only for tasks of this API dialect').choices(origins))
    .requiredOption('--results <days>', 'days from the end of a task until its results are deleted', days(1))
    .requiredOption('--summary <days>', 'days from then until its summary is deleted', days(0))
    .addHelpText('after', HELP)
    .action(set);
  retention.command('sweep').description('delete expired data now, as workers do every 15 minutes').action(sweepNow);
}

async function list({ org, json }: ListOptions): Promise<void> {
  await withDatabase(async (pool, config) => {
    const { id } = await namedOrganization(pool, org);
    const periods = await listRetention({ pool }, id, config.retention);
    if (json) return printJson(periods.map(({ origin, days, set }) => ({ dialect: origin, ...days, set })));
    const rows = periods.map(({ origin, days, set }) => [
      origin,
      count(days.results),
      count(days.summary),
      set ? 'set' : 'default',
    ]);
    print(table([['DIALECT', 'RESULTS', 'SUMMARY', 'SOURCE'], ...rows]));
  });
}

async function set({ org, dialect, results, summary }: SetOptions): Promise<void> {
  await withDatabase(async (pool) => {
    const { id } = await namedOrganization(pool, org);
    await setRetention({ pool }, id, { origin: dialect, days: { results, summary } });
    note(`Set for ${dialect ?? 'all dialects'}, in days: results ${count(results)}, summary ${count(summary)} more.`);
  });
}

/** What each cleanup deleted. */
const SAID = {
  results: 'tasks whose results were deleted',
  summaries: 'tasks deleted',
  idempotencyKeys: 'idempotency keys',
  unfinishedUploads: 'unfinished uploads',
  strayFiles: 'files that no task uses',
  files: 'files deleted',
  signIns: 'expired sign-ins',
  sorts: 'rows of sorted reports',
  markers: 'markers of ended tasks in other databases',
} as const satisfies Record<keyof Awaited<ReturnType<typeof sweep>>, string>;

async function sweepNow(): Promise<void> {
  await withDatabase(async (pool, config, log) => {
    const done = await sweep(pool, config, log);
    const rows = (Object.keys(SAID) as (keyof typeof SAID)[]).map((cleanup) => [SAID[cleanup], done[cleanup]] as const);
    for (const [said, number] of rows) print(`${said}: ${number === undefined ? 'failed' : count(number)}`);
    if (rows.some(([, number]) => number === undefined))
      throw new CommandError('The sweep did not finish; see the log above. You can safely run it again.');
  });
}
