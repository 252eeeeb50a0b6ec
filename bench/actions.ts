/**
 * `npm run bench:actions [-- --devices 1000000 --runs 5]`: block all devices of an organization by criteria, the whole job from asking
 * for it to its end, over one UPDATE of the same rows by hand.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ensureDemoOrganization, resolveOrganization } from '../src/service/platform/organizations.ts';
import { type BenchDatabase, openBenchServer } from './support/database.ts';
import { mostOf, type Program, startProgram } from './support/program.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: { devices: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '5' } },
});
const devices = Number(values.devices);

/** A fresh database with the devices, all on disk. */
async function withDevices(database: BenchDatabase): Promise<string> {
  const { pool } = database;
  await ensureDemoOrganization({ pool });
  const id = (await resolveOrganization({ pool }, 'demo'))?.id as string;
  await pool.query(
    `insert into devices (id, organization_id, key, mac, ip, hostname, vendor, vlan, site)
     select ('018f0000-' || substr(n, 1, 4) || '-8' || substr(n, 5, 3) || '-8000-' || lpad(to_hex(i % 16777216), 6, '0') || '000000')::uuid, $1, mac, mac,
       '10.0.0.1', 'host-' || i, 'Vendor ' || i % 50, i % 100, 'Madrid'
     from (select i, lpad(to_hex(i / 4096), 8, '0') as n, '02:00:' || regexp_replace(lpad(to_hex(i), 8, '0'), '(..)(..)(..)(..)', '\\1:\\2:\\3:\\4') as mac
       from generate_series(1, $2::integer) i) numbered`,
    [id, devices],
  );
  await pool.query('vacuum analyze devices');
  await pool.query('checkpoint');
  return id;
}

async function byHand(database: BenchDatabase, organizationId: string): Promise<number> {
  const start = performance.now();
  await database.pool.query(
    `update devices set action = 'block', action_reason = 'a bench', action_until = null, action_stack = '[]', updated_at = now()
     where organization_id = $1`,
    [organizationId],
  );
  return (performance.now() - start) / 1000;
}

async function byJob(program: Program): Promise<number> {
  const start = performance.now();
  const body = JSON.stringify({ criteria_json: { all: [] }, action_type: 'block', action_reason: 'a bench' });
  const headers = { 'content-type': 'application/json' };
  const made = await program.ask('/api/actions/bulk/jobs', { method: 'POST', headers, body });
  let job = (await made.json()) as { job_id: string; status: string; affected_count: number };
  while (job.status === 'scheduled' || job.status === 'running') {
    await sleep(20);
    job = (await (await program.ask(`/api/actions/bulk/jobs/${job.job_id}`)).json()) as typeof job;
  }
  if (job.affected_count !== devices) throw new Error(JSON.stringify(job));
  return (performance.now() - start) / 1000;
}

const server = await openBenchServer();
try {
  const hand: number[] = [];
  const own: number[] = [];
  let memory: Readonly<Record<string, number>> = {};
  await mkdir(join(server.folder, 'data'), { recursive: true });
  for (let run = 1; run <= Number(values.runs); run += 1) {
    const floor = await server.database();
    hand.push(await byHand(floor, await withDevices(floor)));
    await floor.drop();
    const database = await server.database();
    await withDevices(database);
    const program = await startProgram(database.url, join(server.folder, 'data'), { OPENBULK_WORKERS: '1' });
    own.push(await byJob(program));
    memory = mostOf([memory, program.peakMemory()]);
    await program.stop();
    await database.drop();
    say(`run ${run} of ${values.runs}: by hand ${hand.at(-1)?.toFixed(2)} s, OpenBulk ${own.at(-1)?.toFixed(2)} s`);
  }
  const [a, b] = [median(own), median(hand)];
  report(
    'actions',
    { database: server.version, devices, runs: values.runs, peakMemoryMB: memory },
    [
      {
        what: `block ${devices} devices by criteria`,
        ours: `${a.toFixed(2)} s`,
        floor: `${b.toFixed(2)} s`,
        ratio: a / b,
        goal: '≤ 2',
      },
    ],
    { hand, own },
  );
} finally {
  await server.close();
}
