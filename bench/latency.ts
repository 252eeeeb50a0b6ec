/**
 * `npm run bench:latency [-- --rows 300000 --round-trip 200 --runs 3]`: an import by one worker whose database is far away, from being accepted to
 * its end: into an empty table, the same file again, and one that changes every row. Beside it, the same by a worker whose database is near.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type BenchServer, openBenchServer } from './support/database.ts';
import { writeInventory } from './support/inventory-file.ts';
import { type Program, startProgram, workersReady } from './support/program.ts';
import { median, report, say } from './support/report.ts';
import { openSlowWire } from './support/slow-wire.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '300000' },
    'round-trip': { type: 'string', default: '200' },
    runs: { type: 'string', default: '3' },
  },
});
const rows = Number(values.rows);
const roundTrip = Number(values['round-trip']);
const runs = Number(values.runs);
const ACTION = 'import-inventory-items';
const CHUNK_ROWS = 5_000;
/** A worker that is far away takes its time to start. */
const READY_SECONDS = 120;
const PROGRAM = join(import.meta.dirname, '../bin/openbulk.js');

interface Part {
  readonly seconds: number;
  /** Of the worker's connections, beyond those that it makes when it has nothing to do. */
  readonly trips: number;
}

interface Run {
  readonly fresh: Part;
  readonly unchanged: Part;
  readonly changed: Part;
}

/** One run by a worker whose way to the database takes `delay` milliseconds there and back. */
async function run(server: BenchServer, files: readonly [string, string], delay: number): Promise<Run> {
  const database = await server.database();
  const dataDir = join(server.folder, 'data');
  await mkdir(dataDir, { recursive: true });
  const wire = await openSlowWire(database.url, delay);
  // The server is near; only the worker is far away.
  const program = await startProgram(database.url, dataDir, { OPENBULK_WORKERS: '0' });
  const worker = await startWorker(database.url, { url: wire.url, dataDir });
  try {
    const before = wire.trips();
    await sleep(3_000);
    const idle = (wire.trips() - before) / 3;
    const part = async (file: string, counted: 'numInserts' | 'numSkips' | 'numUpdates'): Promise<Part> => {
      const start = wire.trips();
      const { task, uploaded, seconds } = await program.run(file, ACTION, true, { poll: 20 });
      const took = seconds - uploaded;
      if (task.report[counted] !== rows) throw new Error(`It did something else: ${JSON.stringify(task.report)}`);
      return { seconds: took, trips: Math.max(0, wire.trips() - start - idle * took) };
    };
    const [first, second] = files;
    return {
      fresh: await part(first, 'numInserts'),
      unchanged: await part(first, 'numSkips'),
      changed: await part(second, 'numUpdates'),
    };
  } finally {
    await stop(worker, program);
    await wire.close();
    await database.drop();
  }
}

async function startWorker(
  databaseUrl: string,
  { url, dataDir }: { readonly url: string; readonly dataDir: string },
): Promise<ChildProcess> {
  const env = { ...process.env, DATABASE_URL: url, OPENBULK_DATA: dataDir, OPENBULK_LOG: 'error' };
  const worker = spawn(process.execPath, [PROGRAM, 'work'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  process.once('exit', () => worker.kill('SIGTERM'));
  await workersReady(databaseUrl, 1, READY_SECONDS);
  return worker;
}

async function stop(worker: ChildProcess, program: Program): Promise<void> {
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
  await program.stop();
}

const server = await openBenchServer();
try {
  const files = [join(server.folder, 'first.csv'), join(server.folder, 'second.csv')] as const;
  for (const [i, path] of files.entries()) await writeInventory(path, rows, i + 1);
  const far: Run[] = [];
  const near: Run[] = [];
  for (let i = 1; i <= runs; i += 1) {
    near.push(await run(server, files, 0));
    far.push(await run(server, files, roundTrip));
    say(`run ${i} of ${runs}: near ${JSON.stringify(near.at(-1))}, far ${JSON.stringify(far.at(-1))}`);
  }
  const rate = (some: readonly Run[], what: keyof Run) => rows / median(some.map((one) => one[what].seconds));
  const shown = (value: number) => `${Math.round(value)} rows/s`;
  const chunks = Math.ceil(rows / CHUNK_ROWS);
  const speed = (what: string, which: keyof Run, goal: string) => ({
    what: `${what}, rows/s at +${roundTrip} ms`,
    ...{ ours: shown(rate(far, which)), floor: `${shown(rate(near, which))} near`, ratio: rate(far, which), goal },
  });
  const trips = (what: string, which: keyof Run, goal: string) => {
    const count = median(far.map((one) => one[which].trips));
    return {
      what: `${what}, round trips a chunk`,
      ours: count.toFixed(0),
      floor: `${chunks}`,
      ratio: count / chunks,
      goal,
    };
  };
  report(
    'latency',
    { database: server.version, rows, roundTripMilliseconds: roundTrip, runs },
    [
      speed('fresh rows', 'fresh', '≥ 20000'),
      speed('the same file again', 'unchanged', '≥ 8000'),
      speed('every row changed', 'changed', '≥ 8000'),
      trips('fresh rows', 'fresh', '≤ 3'),
      trips('the same file again', 'unchanged', '≤ 4'),
      trips('every row changed', 'changed', '≤ 4'),
    ],
    { near, far },
  );
} finally {
  await server.close();
}
