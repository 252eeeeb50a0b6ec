/**
 * `npm run bench:small [-- --times 200 --rows 1000000 --burst 500 --runs 5]`: a file of ten rows from sending it to the end of its task; on an idle
 * server, and while another organization's large files are imported by the one worker there is. And what a reader feels of that import.
 * Then a burst of such files beside three large imports of another organization, with two workers.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createOrganization } from '../src/service/platform/organizations.ts';
import { type Burst, burst } from './support/burst.ts';
import { openBenchServer } from './support/database.ts';
import { writeInventory } from './support/inventory-file.ts';
import { load } from './support/load.ts';
import { startProgram } from './support/program.ts';
import { median, percentile, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '200' },
    rows: { type: 'string', default: '1000000' },
    burst: { type: 'string', default: '500' },
    runs: { type: 'string', default: '5' },
  },
});
const times = Number(values.times);
const rows = Number(values.rows);
const ACTION = 'import-inventory-items';

const server = await openBenchServer();
try {
  const database = await server.database();
  await createOrganization({ pool: database.pool }, { slug: 'other' });
  const ten = join(server.folder, 'ten.csv');
  await writeInventory(ten, 10);
  // Each changes every row of the other.
  const large = [join(server.folder, 'first.csv'), join(server.folder, 'second.csv')];
  for (const [i, path] of large.entries()) await writeInventory(path, rows, i + 1);
  await mkdir(join(server.folder, 'data'), { recursive: true });
  const data = join(server.folder, 'data');
  const program = await startProgram(database.url, data, { OPENBULK_WORKERS: '1' });

  /** Milliseconds of one after the other. */
  const small = async (count: number) => {
    const taken: number[] = [];
    while (taken.length < count) {
      const { seconds } = await program.run(ten, ACTION, true, { poll: 2 });
      taken.push(seconds * 1000);
    }
    return taken;
  };
  await small(20);
  say('idle');
  const idle = await small(times);
  const { task } = await program.run(ten, ACTION, true);
  const one = `${program.url}/v1/organizations/demo/bulk-tasks/${task.id}`;
  const reading = { token: program.token, connections: 1, seconds: 5 };
  const readIdle = await load(one, reading);

  say('while large files are imported');
  const token = await program.tokenOf('other');
  let enough = false;
  const importing = (async () => {
    for (let i = 0; !enough; i += 1) {
      const file = large[i % large.length] as string;
      await program.run(file, ACTION, true, { organization: 'other', token, poll: 100 });
    }
  })();
  await sleep(Math.min(2_000, rows / 50));
  const readBusy = await load(one, { ...reading, seconds: 3 });
  const busy = await small(Math.ceil(times / 4));
  enough = true;
  await importing;
  const peakMemoryMB = program.peakMemory();
  await program.stop();

  say(`${values.burst} at once beside three large imports, two workers`);
  const two = await startProgram(database.url, data, { OPENBULK_WORKERS: '2' });
  const many = () =>
    burst({ program: two, pool: database.pool }, { file: ten, action: ACTION, times: Number(values.burst) });
  /** One burst after the other, with a pause in between. */
  const bursts = async () => {
    const done: Burst[] = [];
    while (done.length < Number(values.runs)) {
      await sleep(Math.min(5_000, 10 * Number(values.burst)));
      done.push(await many());
    }
    return done;
  };
  // The first warms everything up.
  await many();
  const aloneBursts = await bursts();
  const bearer = await two.tokenOf('other');
  let over = false;
  // Settled, since the program is stopped while they are under way.
  const three = Promise.allSettled(
    [0, 1, 2].map(async (first) => {
      for (let i = first; !over; i += 1) {
        const file = large[i % large.length] as string;
        await two.run(file, ACTION, true, { organization: 'other', token: bearer, poll: 100 });
      }
    }),
  );
  await sleep(Math.min(2_000, rows / 50));
  const besideBursts = await bursts();
  over = true;
  await two.stop();
  await three;

  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(idle, share)) as [number, number, number];
  const busy95 = percentile(busy, 0.95);
  const of = (some: readonly Burst[], figure: keyof Burst) => median(some.map((one) => one[figure]));
  const shown = (some: readonly Burst[]) => `${ms(of(some, 'p95'))}, ${of(some, 'rate').toFixed(0)}/s`;
  report(
    'small',
    {
      database: server.version,
      times,
      rows,
      busyTimes: busy.length,
      burst: Number(values.burst),
      runs: Number(values.runs),
      peakMemoryMB,
    },
    [
      { what: 'ten rows, idle, p50 ms', ours: ms(p50), floor: '–', ratio: p50, goal: '≤ 60' },
      { what: 'ten rows, idle, p99 ms', ours: ms(p99), floor: '–', ratio: p99, goal: '≤ 250' },
      {
        what: "p95 beside another's large files, over 3 × idle or 2 s",
        ours: ms(busy95),
        floor: ms(Math.max(3 * p95, 2_000)),
        ratio: busy95 / Math.max(3 * p95, 2_000),
        goal: '≤ 1',
      },
      {
        what: 'get by id p99 beside them, over idle',
        ours: ms(readBusy.p99),
        floor: ms(readIdle.p99),
        ratio: readBusy.p99 / readIdle.p99,
        goal: '≤ 5',
      },
      {
        what: `${values.burst} at once beside three large imports, p95 of the wait, over 3 s`,
        ours: shown(besideBursts),
        floor: `alone ${shown(aloneBursts)}`,
        ratio: of(besideBursts, 'p95') / 3_000,
        goal: '≤ 1',
      },
    ],
    { idle, busy, readIdle, readBusy, aloneBursts, besideBursts },
  );
  await database.drop();
} finally {
  await server.close();
}
