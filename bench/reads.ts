/**
 * `npm run bench:reads [-- --tasks 1000000 --runs 5 --seconds 4]`: the list of an organization with many tasks, and a single task,
 * against a bare Fastify + pg handler that selects the same rows and counts nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createOrganization } from '../src/service/organizations.ts';
import type { Pool } from '../src/store/pool.ts';
import { foldTaskCounts } from '../src/store/task-counts.ts';
import { toHex24 } from '../src/task/ids.ts';
import { openBenchServer } from './support/database.ts';
import { type Load, load } from './support/load.ts';
import { startProgram } from './support/program.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
  },
});
const many = Number(values.tasks);
const few = Math.min(10_000, many / 10);
const options = { connections: 8, seconds: Number(values.seconds) };

/** Nine of ten are completed; a file each, as imports have. @returns an id */
async function putTasks(pool: Pool, organizationId: string, count: number): Promise<string> {
  await pool.query(
    `with ids as (select i, lpad(to_hex(i), 12, '0') as n from generate_series(1, $2::integer) i),
     made as (select i, (substr(n, 1, 8) || '-' || substr(n, 9, 4) || '-8000-8' || substr($1, 1, 3) || '-' || substr($1, 30, 6) || '000000')::uuid as id from ids),
     stored as (insert into files (id, organization_id, key, original_name, mimetype, size, sha256)
       select id, $1::uuid, $1 || '/' || id, 'items.csv', 'text/csv', 1000, repeat('0', 64) from made returning id)
     insert into tasks (id, organization_id, operation, action, origin, status, config, created_by, file_id, items, inserts, started_at, finished_at, progress, progress_total)
     select m.id, $1::uuid, 'import', 'import-inventory-items', 'organizations', case when m.i % 10 = 0 then 'failed' else 'completed' end,
       '{"override":true}', '{"id":"00000000-0000-8000-8000-000000000000","fullName":"Bench"}', s.id, 10, 10, now(), now(), 1000, 1000
     from made m join stored s on s.id = m.id`,
    [organizationId, count],
  );
  const { rows } = await pool.query<{ id: string }>(
    'select id from tasks where organization_id = $1 order by id offset $2 limit 1',
    [organizationId, Math.floor(count / 2)],
  );
  return rows[0]?.id as string;
}

const server = await openBenchServer();
try {
  const database = await server.database();
  const { pool } = database;
  const { id: big } = await createOrganization({ pool }, { slug: 'big' });
  const { id: small } = await createOrganization({ pool }, { slug: 'small' });
  say(`putting ${many} and ${few} tasks`);
  const some = await putTasks(pool, big, many);
  await putTasks(pool, small, few);
  await foldTaskCounts(pool);
  await pool.query('vacuum analyze tasks');
  await pool.query('vacuum analyze files');
  const bare = spawn(process.execPath, [join(import.meta.dirname, 'support/bare-server.ts'), database.url, big], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(bare.stdout, 'data');
  const floor = String(said).trim();
  await mkdir(join(server.folder, 'data'), { recursive: true });
  const program = await startProgram(database.url, join(server.folder, 'data'), { OPENBULK_WORKERS: '0' });
  const list = (slug: string, page: number) =>
    `${program.url}/v1/organizations/${slug}/bulk-tasks?limit=50&status=completed&page=${page}`;
  const last = Math.ceil((many * 0.9) / 50);
  const measures = {
    list: () => load(list('big', 1), { ...options, token: tokens.big }),
    listFloor: () => load(`${floor}/list`, options),
    lastPage: () => load(list('big', last), { ...options, token: tokens.big }),
    middlePage: () => load(list('big', Math.floor(last / 2)), { ...options, token: tokens.big }),
    listOfFew: () => load(list('small', 1), { ...options, token: tokens.small }),
    one: () =>
      load(`${program.url}/v1/organizations/big/bulk-tasks/${toHex24(some)}`, { ...options, token: tokens.big }),
    oneFloor: () => load(`${floor}/tasks/${some}`, options),
  };
  const tokens = { big: await program.tokenOf('big'), small: await program.tokenOf('small') };
  const found = new Map<string, Load[]>();
  for (let run = 0; run <= Number(values.runs); run += 1) {
    for (const [name, measure] of Object.entries(measures)) {
      const result = await measure();
      // The first run warms everything up.
      if (run > 0) found.set(name, [...(found.get(name) ?? []), result]);
    }
    say(`run ${run} of ${values.runs}`);
  }
  const of = (name: keyof typeof measures, what: keyof Load) => median((found.get(name) ?? []).map((one) => one[what]));
  const rate = (name: keyof typeof measures) => `${of(name, 'rate').toFixed(0)}/s`;
  const time = (name: keyof typeof measures) => `${of(name, 'p50').toFixed(2)} ms`;
  const late = (name: keyof typeof measures) => `${of(name, 'p99').toFixed(2)} ms`;
  report(
    'reads',
    { database: server.version, tasks: many, ...options, runs: values.runs, peakMemoryMB: program.peakMemory() },
    [
      {
        what: `list of 50 of ${many}, with totalDocs`,
        ours: rate('list'),
        floor: rate('listFloor'),
        ratio: of('list', 'rate') / of('listFloor', 'rate'),
        goal: '≥ 0.8',
      },
      {
        what: `p99 of it, over that of ${few} tasks`,
        ours: late('list'),
        floor: late('listOfFew'),
        ratio: of('list', 'p99') / of('listOfFew', 'p99'),
        goal: '≤ 1.5',
      },
      {
        what: 'last page over the first',
        ours: time('lastPage'),
        floor: time('list'),
        ratio: of('lastPage', 'p50') / of('list', 'p50'),
        goal: '≤ 3',
      },
      {
        what: 'get by id',
        ours: rate('one'),
        floor: rate('oneFloor'),
        ratio: of('one', 'rate') / of('oneFloor', 'rate'),
        goal: '≥ 0.8',
      },
    ],
    Object.fromEntries(found),
  );
  await program.stop();
  bare.kill();
  await database.drop();
} finally {
  await server.close();
}
