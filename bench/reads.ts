/**
 * `npm run bench:reads [-- --tasks 1000000 --runs 5 --seconds 4]`: the list of an organization with many tasks, and a single task,
 * against a bare Fastify + pg handler that selects the same rows and counts nothing; the list also right after these tasks were made, and
 * while more of them come and go.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createOrganization } from '../src/service/platform/organizations.ts';
import { toHex24 } from '../src/task/ids.ts';
import { holdOpen, openChurn, SECOND, whilePassing } from './support/churn.ts';
import { openBenchServer } from './support/database.ts';
import { type Load, load } from './support/load.ts';
import { startProgram } from './support/program.ts';
import { median, type Result, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '10' },
  },
});
const many = Number(values.tasks);
const few = Math.min(10_000, many / 10);
const minutes = Number(values.minutes);
const runs = Number(values.runs);
const options = { connections: 8, seconds: Number(values.seconds) };

/** What is asked for again and again: ours, and beside each the floor, in turn. */
type Measures = Readonly<Record<string, () => Promise<Load>>>;
const found: Record<string, Load[]> = {};

async function measure(measures: Measures): Promise<void> {
  // The first run warms everything up.
  for (let run = 0; run <= runs; run += 1) {
    for (const [name, ask] of Object.entries(measures)) {
      const result = await ask();
      if (run > 0) found[name] = [...(found[name] ?? []), result];
    }
  }
  say(`measured ${Object.keys(measures).join(', ')}`);
}

const of = (name: string, what: keyof Load) => median((found[name] ?? []).map((one) => one[what]));
const rate = (name: string) => `${of(name, 'rate').toFixed(0)}/s`;
const time = (name: string) => `${of(name, 'p50').toFixed(2)} ms`;
const late = (name: string) => `${of(name, 'p99').toFixed(2)} ms`;

/** Answers a second over the floor's, which are found under the same name. */
function rates(what: string, name: string): Result {
  const ratio = of(name, 'rate') / of(`${name}Floor`, 'rate');
  return { what, ours: rate(name), floor: rate(`${name}Floor`), ratio, goal: '≥ 0.8' };
}

const server = await openBenchServer();
try {
  const database = await server.database();
  const { pool } = database;
  const { id: big } = await createOrganization({ pool }, { slug: 'big' });
  const { id: small } = await createOrganization({ pool }, { slug: 'small' });
  const bare = spawn(process.execPath, [join(import.meta.dirname, 'support/bare-server.ts'), database.url, big], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(bare.stdout, 'data');
  const floor = String(said).trim();
  await mkdir(join(server.folder, 'data'), { recursive: true });
  const program = await startProgram(database.url, join(server.folder, 'data'), { OPENBULK_WORKERS: '0' });
  const tokens = { big: await program.tokenOf('big'), small: await program.tokenOf('small') };
  const list = (slug: keyof typeof tokens, page: number) =>
    load(`${program.url}/v1/organizations/${slug}/bulk-tasks?limit=50&status=completed&page=${page}`, {
      ...options,
      token: tokens[slug],
    });
  /** The list as it is now, and the floor's. */
  const lists = (name: string) => ({
    [name]: () => list('big', 1),
    [`${name}Floor`]: () => load(`${floor}/list`, options),
  });

  // Whoever asks before has sessions with plans for an empty table.
  await list('big', 1);
  say(`putting ${many} and ${few} tasks`);
  const tasks = openChurn(pool, big);
  const some = await tasks.put(many);
  await measure(lists('burst'));

  await openChurn(pool, small).put(few);
  await pool.query('vacuum analyze tasks');
  await pool.query('vacuum analyze files');
  const last = Math.ceil((many * 0.9) / 50);
  await measure({
    ...lists('list'),
    lastPage: () => list('big', last),
    middlePage: () => list('big', Math.floor(last / 2)),
    listOfFew: () => list('small', 1),
    one: () =>
      load(`${program.url}/v1/organizations/big/bulk-tasks/${toHex24(some)}`, { ...options, token: tokens.big }),
    oneFloor: () => load(`${floor}/tasks/${some}`, options),
  });

  const held = await holdOpen(database.url, big);
  const passing = SECOND * 60 * minutes;
  say(`letting ${passing} tasks pass beside two open transactions`);
  await tasks.pass(passing);
  await whilePassing(tasks, () => measure(lists('churn')));
  say(`letting ${5 * passing} more pass`);
  await tasks.pass(5 * passing);
  await measure(lists('later'));
  await held.close();

  report(
    'reads',
    { database: server.version, tasks: many, ...options, runs, minutes, peakMemoryMB: program.peakMemory() },
    [
      rates(`list of 50 of ${many}, with totalDocs`, 'list'),
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
      rates('get by id', 'one'),
      rates(`list right after the ${many} were made`, 'burst'),
      rates(`list at ${SECOND} tasks a second, after ${minutes} minutes of them`, 'churn'),
      rates(`list after ${Number((6 * minutes).toFixed(1))} minutes of them`, 'later'),
    ],
    found,
  );
  await program.stop();
  bare.kill();
  await database.drop();
} finally {
  await server.close();
}
