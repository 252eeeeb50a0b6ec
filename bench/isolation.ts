/**
 * `npm run bench:isolation [-- --devices 50000 --runs 5 --seconds 6]`: one organization asks for previews of the dearest criteria that
 * there may be, on 16 connections, again and again; how long another's ordinary requests take beside them, over how long they take
 * alone.
 */
import { mkdir } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createOrganization,
  ensureDemoOrganization,
  resolveOrganization,
} from '../src/service/platform/organizations.ts';
import { createTask } from '../src/service/submit/create-task.ts';
import type { Pool } from '../src/store/connection/pool.ts';
import { openTurns } from '../src/store/queue/turns.ts';
import { toHex24 } from '../src/task/ids.ts';
import { openBenchServer } from './support/database.ts';
import { type Load, load } from './support/load.ts';
import { type Program, startProgram } from './support/program.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '50000' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
  },
});
const seconds = Number(values.seconds);
const GREEDY = 'greedy';
const ATTACKERS = 16;
/** As much as a criteria may cost (src/operations/criteria/cost.ts), and none of it ever true, so that all is looked at. */
const PATTERNS = 50;

async function fill(pool: Pool): Promise<string> {
  await ensureDemoOrganization({ pool });
  const greedy = (await createOrganization({ pool }, { slug: GREEDY })).id;
  await pool.query(
    `insert into devices (id, organization_id, key, mac, ip, hostname, vendor, vlan, site)
     select gen_random_uuid(), $1, mac, mac, '10.0.0.1', 'host-' || i, 'Vendor ' || i % 50, i % 100, 'Madrid'
     from (select i, '02:00:' || regexp_replace(lpad(to_hex(i), 8, '0'), '(..)(..)(..)(..)', '\\1:\\2:\\3:\\4') as mac
       from generate_series(1, $2::integer) i) numbered`,
    [greedy, Number(values.devices)],
  );
  const demo = (await resolveOrganization({ pool }, 'demo'))?.id as string;
  const turns = openTurns({ pool, shareMilliseconds: 1_000 });
  const order = {
    operation: 'export',
    action: 'export-devices',
    config: { format: 'csv' },
    origin: 'organizations',
    organizationId: demo,
    createdBy: { id: demo },
  } as const;
  let id = '';
  for (let task = 0; task < 200; task += 1) id = (await createTask({ pool, turns }, order, (made) => made.id)).answered;
  await pool.query('vacuum analyze');
  await pool.query('checkpoint');
  return toHex24(id);
}

/** Asks for previews on all connections until it is stopped. */
function attack(program: Program, token: string) {
  const any = Array.from({ length: PATTERNS }, (_, at) => ({ field: 'vendor', op: 'like', value: `%nobody ${at}%` }));
  const body = JSON.stringify({ criteria_json: { any }, action_type: 'allow' });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const agent = new Agent({ keepAlive: true, maxSockets: ATTACKERS });
  const answers: Record<string, number> = {};
  let stopped = false;
  const ask = () =>
    new Promise<void>((resolve) => {
      const asked = request(
        `${program.url}/api/actions/bulk/preview`,
        { agent, method: 'POST', headers },
        (response) => {
          const status = String(response.statusCode);
          answers[status] = (answers[status] ?? 0) + 1;
          response.resume().on('close', resolve);
        },
      );
      asked.on('error', () => resolve()).end(body);
    });
  const attackers = Array.from({ length: ATTACKERS }, async () => {
    while (!stopped) await ask();
  });
  return {
    answers,
    async stop() {
      stopped = true;
      agent.destroy();
      await Promise.all(attackers);
    },
  };
}

const server = await openBenchServer();
try {
  const database = await server.database();
  const task = await fill(database.pool);
  await mkdir(join(server.folder, 'data'), { recursive: true });
  const program = await startProgram(database.url, join(server.folder, 'data'), { OPENBULK_WORKERS: '0' });
  const greedy = await program.tokenOf(GREEDY);
  const tasks = `${program.url}/v1/organizations/demo/bulk-tasks`;
  const requests = { 'get a task': `${tasks}/${task}`, 'list 50 tasks': `${tasks}?limit=50` };
  const found: Record<string, { readonly idle: Load[]; readonly beside: Load[] }> = {};
  const answers: Record<string, number>[] = [];
  for (let run = 0; run <= Number(values.runs); run += 1) {
    for (const [name, url] of Object.entries(requests)) {
      // One after the other, as a person or a poll does: how many at once a server bears is another question.
      const options = { connections: 1, seconds: seconds / 2, token: program.token };
      const idle = await load(url, options);
      const attackers = attack(program, greedy);
      const beside = await load(url, options);
      await attackers.stop();
      // The first run warms everything up.
      if (run === 0) continue;
      found[name] ??= { idle: [], beside: [] };
      found[name].idle.push(idle);
      found[name].beside.push(beside);
      answers.push(attackers.answers);
    }
    say(`run ${run} of ${values.runs}`);
  }
  const results = Object.entries(found).map(([name, { idle, beside }]) => {
    const [ours, floor] = [beside, idle].map((loads) => median(loads.map(({ p95 }) => p95))) as [number, number];
    return {
      what: `${name}, p95, beside ${ATTACKERS} previews over alone`,
      ours: `${ours.toFixed(1)} ms`,
      floor: `${floor.toFixed(1)} ms`,
      ratio: ours / floor,
      goal: '≤ 2',
    };
  });
  report(
    'isolation',
    { database: server.version, devices: values.devices, runs: values.runs, peakMemoryMB: program.peakMemory() },
    results,
    { ...found, answers },
  );
  await program.stop();
  await database.drop();
} finally {
  await server.close();
}
