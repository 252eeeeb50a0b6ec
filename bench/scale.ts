/**
 * `npm run bench:scale [-- --most 10000000 --runs 5]`: files of fresh inventory items from a thousand rows to ten million, each into
 * an empty database with its own server: time, and peak memory.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBenchServer } from './support/database.ts';
import { writeInventory } from './support/inventory-file.ts';
import { mostOf, startProgram } from './support/program.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: { most: { type: 'string', default: '10000000' }, runs: { type: 'string', default: '5' } },
});
const most = Number(values.most);
const runs = Number(values.runs);

export interface Point {
  readonly rows: number;
  /** Of all runs, from sending to the end. */
  readonly seconds: readonly number[];
  /** Greatest of all runs, MB. */
  readonly memory: Readonly<Record<string, number>>;
}

const server = await openBenchServer();
const file = join(server.folder, 'items.csv');

async function once(rows: number): Promise<{ seconds: number; memory: Readonly<Record<string, number>> }> {
  const database = await server.database();
  const dataDir = join(server.folder, 'data');
  await mkdir(dataDir, { recursive: true });
  const program = await startProgram(database.url, dataDir, { OPENBULK_WORKERS: '1' });
  try {
    const poll = Math.min(100, Math.max(2, rows / 1_000));
    const { task, seconds } = await program.run(file, 'import-inventory-items', false, { poll });
    if (task.report.numInserts !== rows) throw new Error(`It did something else: ${JSON.stringify(task)}`);
    return { seconds, memory: program.peakMemory() };
  } finally {
    await program.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

try {
  const points: Point[] = [];
  for (let rows = Math.min(1_000, most); rows <= most; rows *= 10) {
    await writeInventory(file, rows);
    const found: Awaited<ReturnType<typeof once>>[] = [];
    for (let run = 1; run <= runs; run += 1) {
      found.push(await once(rows));
      say(`${rows} rows, run ${run} of ${runs}: ${JSON.stringify(found.at(-1))}`);
    }
    points.push({
      rows,
      seconds: found.map(({ seconds }) => seconds),
      memory: mostOf(found.map(({ memory }) => memory)),
    });
  }
  const [last, before] = [points.at(-1), points.at(-2) ?? points.at(-1)] as [Point, Point];
  const rate = ({ rows, seconds }: Point) => rows / median(seconds);
  const shown = (point: Point) => `${Math.round(rate(point)).toLocaleString('en')} rows/s`;
  report(
    'scale',
    { database: server.version, runs },
    [
      {
        what: `${last.rows.toLocaleString('en')} rows, over ${before.rows.toLocaleString('en')}`,
        ours: shown(last),
        floor: shown(before),
        ratio: rate(last) / rate(before),
        goal: '≥ 0.9',
      },
      ...[before, last].flatMap(({ rows, memory }) =>
        Object.entries(memory).map(([process, peak]) => ({
          what: `peak of \`openbulk ${process}\` at ${rows.toLocaleString('en')} rows, of 200 MB`,
          ours: `${peak} MB`,
          floor: '–',
          ratio: peak / 200,
          goal: '≤ 1',
        })),
      ),
    ],
    { points },
  );
} finally {
  await server.close();
}
