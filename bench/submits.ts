/**
 * `npm run bench:submits [-- --connections 16 --runs 5 --seconds 4]`: what the exact counts of lists cost who submits. Tasks are made
 * on some connections at the same time, by the transaction itself and over HTTP, with the triggers that count and without.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDemoOrganization, resolveOrganization } from '../src/service/platform/organizations.ts';
import { createTask } from '../src/service/submit/create-task.ts';
import { inTransaction, type Pool } from '../src/store/connection/pool.ts';
import { openTurns } from '../src/store/queue/turns.ts';
import { openBenchServer } from './support/database.ts';
import { type Load, load, repeat } from './support/load.ts';
import { startProgram } from './support/program.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '16' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
  },
});
const options = { connections: Number(values.connections), seconds: Number(values.seconds) };

/** Runs `work` on tables without tasks, with the counts or without. */
async function measured(pool: Pool, counted: boolean, work: () => Promise<Load>): Promise<Load> {
  await inTransaction(pool, async (transaction) => {
    // The program folds the counts all the time: one that is under way ends first, or it would bring back what was there.
    await transaction.query('lock table task_count_folds in access exclusive mode');
    await transaction.query('truncate tasks, task_count_changes, task_counts cascade');
    await transaction.query(`update task_count_folds set tasks = '{}'`);
    for (const trigger of ['count_new_tasks', 'count_changed_task', 'count_gone_tasks']) {
      await transaction.query(`alter table tasks ${counted ? 'enable' : 'disable'} trigger ${trigger}`);
    }
  });
  await pool.query('checkpoint');
  const found = await work();
  const { rows } = await pool.query<{ made: number; counted: number; total: number }>(
    `select (select count(*) from tasks) as made,
       (select coalesce(sum(tasks), 0)::bigint from organizations o cross join tasks_by_state(o.id, null)) as counted,
       (select coalesce(sum(tasks), 0)::bigint from tasks_by_status()) as total`,
  );
  const expected = counted ? rows[0]?.made : 0;
  if (rows[0]?.counted !== expected || rows[0]?.total !== expected) throw new Error(JSON.stringify(rows[0]));
  return found;
}

const server = await openBenchServer();
try {
  const database = await server.database();
  const { pool } = database;
  await ensureDemoOrganization({ pool });
  const organizationId = (await resolveOrganization({ pool }, 'demo'))?.id as string;
  const turns = openTurns({ pool, shareMilliseconds: 1_000 });
  await mkdir(join(server.folder, 'data'), { recursive: true });
  const program = await startProgram(database.url, join(server.folder, 'data'), {
    OPENBULK_WORKERS: '0',
    // Nobody works them off.
    OPENBULK_MAX_OPEN_TASKS: '1000000000',
  });
  const order = {
    operation: 'export',
    action: 'export-devices',
    config: { format: 'csv' },
    origin: 'task-v2',
    organizationId,
    createdBy: { id: organizationId },
  } as const;
  const body = JSON.stringify({ handler: 'ExportHandler', request: { resource: 'devices', format: 'csv' } });
  const submits = {
    transaction: () => repeat(() => createTask({ pool, turns }, order, ({ id }) => id), options),
    http: () => load(`${program.url}/v2/task/create`, { ...options, token: program.token, body }),
  };
  const found: Record<string, Load[]> = {};
  for (let run = 0; run <= Number(values.runs); run += 1) {
    for (const [name, work] of Object.entries(submits)) {
      // Each is first as often as the other, since what comes second finds more of everything.
      for (const counted of run % 2 === 0 ? [true, false] : [false, true]) {
        const result = await measured(pool, counted, work);
        const key = counted ? name : `${name}Uncounted`;
        // The first run warms everything up.
        if (run > 0) found[key] = [...(found[key] ?? []), result];
      }
    }
    say(`run ${run} of ${values.runs}`);
  }
  const rate = (name: string) => median((found[name] ?? []).map((one) => one.rate));
  const line = (name: keyof typeof submits, what: string) => ({
    what: `${what}, ${options.connections} at once, counted over uncounted`,
    ours: `${rate(name).toFixed(0)}/s`,
    floor: `${rate(`${name}Uncounted`).toFixed(0)}/s`,
    ratio: rate(name) / rate(`${name}Uncounted`),
    goal: '≥ 0.8',
  });
  report(
    'submits',
    { database: server.version, ...options, runs: values.runs, peakMemoryMB: program.peakMemory() },
    [line('transaction', 'tasks made'), line('http', 'tasks made over HTTP')],
    found,
  );
  await program.stop();
  await database.drop();
} finally {
  await server.close();
}
