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
The files and the lines of a task go --results days after its end, and with them the task goes into history; --summary
days later, it goes altogether. What is set holds for the tasks that there are already, from the next sweep on.

Example:
  openbulk retention set --org demo --dialect activityid --results 7 --summary 90`;

export function addRetention(program: Command): void {
  const retention = program.command('retention').description('how long tasks that are over are kept');
  retention
    .command('list')
    .description('show the periods of an organization')
    .requiredOption('--org <org>', 'its slug or id')
    .option('--json', 'print them as JSON')
    .action(list);
  retention
    .command('set')
    .description('set the periods of an organization')
    .requiredOption('--org <org>', 'its slug or id')
    .addOption(new Option('--dialect <dialect>', 'only for tasks made in this one').choices(origins))
    .requiredOption('--results <days>', 'from the end of a task until its results go', days(1))
    .requiredOption('--summary <days>', 'from then until its summary goes', days(0))
    .addHelpText('after', HELP)
    .action(set);
  retention
    .command('sweep')
    .description('do now what workers do every quarter of an hour: delete expired data')
    .action(sweepNow);
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
      set ? 'set' : 'standard',
    ]);
    print(table([['DIALECT', 'RESULTS', 'SUMMARY', 'WHENCE'], ...rows]));
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
  results: 'tasks whose results went',
  summaries: 'tasks that went altogether',
  idempotencyKeys: 'idempotency keys',
  unfinishedUploads: 'unfinished uploads',
  strayFiles: 'files that nothing names',
  files: 'files removed',
  signIns: 'sign-ins that were over',
  sorts: 'rows of reports that were being sorted',
} as const satisfies Record<keyof Awaited<ReturnType<typeof sweep>>, string>;

async function sweepNow(): Promise<void> {
  await withDatabase(async (pool, config, log) => {
    const done = await sweep(pool, config, log);
    const rows = (Object.keys(SAID) as (keyof typeof SAID)[]).map((cleanup) => [SAID[cleanup], done[cleanup]] as const);
    for (const [said, number] of rows) print(`${said}: ${number === undefined ? 'failed' : count(number)}`);
    if (rows.some(([, number]) => number === undefined))
      throw new CommandError('Not everything could be done; the log above says why. It is safe to sweep again.');
  });
}
