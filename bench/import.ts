/**
 * `npm run bench:import [-- --rows 1000000 --runs 5]`: a file of inventory items into an empty table, the same file again, and one
 * that changes every row, against what a person does by hand: COPY into an unlogged staging table, INSERT … ON CONFLICT. And dry runs
 * of the first file, against its import; and the first file into a resource that is declared as the inventory items are.
 */
import { createReadStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { from as copyFrom } from 'pg-copy-streams';
import { ensureDemoOrganization, resolveOrganization } from '../src/service/platform/organizations.ts';
import { applyResource } from '../src/service/resources/apply-resource.ts';
import { type BenchServer, openBenchServer } from './support/database.ts';
import { COLUMNS, writeInventory } from './support/inventory-file.ts';
import { mostOf, startProgram } from './support/program.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '5' } },
});
const rows = Number(values.rows);
const runs = Number(values.runs);
const ACTION = 'import-inventory-items';

interface Seconds {
  readonly fresh: number;
  readonly unchanged: number;
  readonly changed: number;
}

interface Own extends Seconds {
  /** The same file as a dry run: before its records are there, and after. */
  readonly triedFresh: number;
  readonly triedUnchanged: number;
  /** The first file into a declared resource of the same columns. */
  readonly declared: number;
  /** Of it, the time to send a file. */
  readonly uploaded: number;
  /** Greatest resident memory of each process, MB. */
  readonly memory: Readonly<Record<string, number>>;
}

/** By hand, on one connection: as `\copy` of psql does it. */
async function floor(server: BenchServer, first: string, second: string): Promise<Omit<Seconds, 'unchanged'>> {
  const database = await server.database();
  const { pool } = database;
  await ensureDemoOrganization({ pool });
  const organization = (await resolveOrganization({ pool }, 'demo'))?.id;
  const session = await pool.connect();
  const columns = Object.values(COLUMNS).join(', ');
  const load = async (file: string) => {
    const start = performance.now();
    await session.query('drop table if exists staging');
    await session.query(`create unlogged table staging as select ${columns} from inventory_items with no data`);
    await pipeline(
      createReadStream(file),
      session.query(copyFrom(`copy staging (${columns}) from stdin (format csv, header)`)),
    );
    const set = Object.values(COLUMNS).map((column) => `${column} = excluded.${column}`);
    await session.query(
      `insert into inventory_items (id, organization_id, key, ${columns})
       select gen_random_uuid(), '${organization}', 'identifiers.serialNumber:' || identifiers_serial_number, ${columns} from staging
       on conflict (organization_id, key) do update set updated_at = now(), ${set.join(', ')}`,
    );
    return (performance.now() - start) / 1000;
  };
  const fresh = await load(first);
  const changed = await load(second);
  session.release();
  await database.drop();
  return { fresh, changed };
}

/** What the inventory items are, for a table that OpenBulk makes. */
async function twin(): Promise<object> {
  const shipped = join(import.meta.dirname, '../src/resources/shipped/inventory-items.json');
  const { openbulk, ...schema } = JSON.parse(await readFile(shipped, 'utf8'));
  return { ...schema, openbulk: { name: 'twins', key: openbulk.key } };
}

async function ours(server: BenchServer, first: string, second: string): Promise<Own> {
  const database = await server.database();
  const dataDir = join(server.folder, 'data');
  await mkdir(dataDir, { recursive: true });
  await ensureDemoOrganization({ pool: database.pool });
  const owner = (await resolveOrganization({ pool: database.pool }, 'demo'))?.id as string;
  await applyResource({ pool: database.pool }, { owner, source: await twin(), mayAdopt: () => false });
  const program = await startProgram(database.url, dataDir, { OPENBULK_WORKERS: '1' });
  try {
    const triedFresh = await program.run(first, ACTION, true, { poll: 100, dryRun: true });
    const fresh = await program.run(first, ACTION, true, { poll: 100 });
    const triedUnchanged = await program.run(first, ACTION, true, { poll: 100, dryRun: true });
    const unchanged = await program.run(first, ACTION, true, { poll: 100 });
    const changed = await program.run(second, ACTION, true, { poll: 100 });
    const declared = await program.run(first, 'import-twins', true, { poll: 100 });
    const counted = [
      ...[triedFresh, fresh, declared].map(({ task }) => task.report.numInserts),
      ...[triedUnchanged, unchanged].map(({ task }) => task.report.numSkips),
      changed.task.report.numUpdates,
    ];
    if (counted.some((count) => count !== rows)) throw new Error(`It did something else: ${counted}`);
    return {
      ...{ fresh: fresh.seconds, unchanged: unchanged.seconds, changed: changed.seconds },
      ...{ triedFresh: triedFresh.seconds, triedUnchanged: triedUnchanged.seconds, declared: declared.seconds },
      ...{ uploaded: median([fresh, unchanged, changed].map((run) => run.uploaded)), memory: program.peakMemory() },
    };
  } finally {
    await program.stop();
    await database.drop();
  }
}

const server = await openBenchServer();
try {
  const [first, second] = [join(server.folder, 'first.csv'), join(server.folder, 'second.csv')];
  say(`writing two files of ${rows} rows`);
  await writeInventory(first, rows, 1);
  await writeInventory(second, rows, 2);
  const floors: Omit<Seconds, 'unchanged'>[] = [];
  const own: Own[] = [];
  for (let run = 1; run <= runs; run += 1) {
    floors.push(await floor(server, first, second));
    own.push(await ours(server, first, second));
    say(`run ${run} of ${runs}: floor ${JSON.stringify(floors.at(-1))}, OpenBulk ${JSON.stringify(own.at(-1))}`);
  }
  const shown = (seconds: number) => `${seconds.toFixed(2)} s`;
  const compare = (what: string, mine: keyof Seconds, its: 'fresh' | 'changed', goal: string) => {
    const [a, b] = [median(own.map((one) => one[mine])), median(floors.map((one) => one[its]))];
    return { what, ours: shown(a), floor: shown(b), ratio: a / b, goal };
  };
  const overFresh = (what: string, mine: 'triedFresh' | 'triedUnchanged' | 'declared', goal: string) => {
    const [a, b] = [median(own.map((one) => one[mine])), median(own.map((one) => one.fresh))];
    return { what, ours: shown(a), floor: shown(b), ratio: a / b, goal };
  };
  report(
    'import',
    { database: server.version, rows, runs, peakMemoryMB: mostOf(own.map(({ memory }) => memory)) },
    [
      compare('fresh rows', 'fresh', 'fresh', '≤ 0.8'),
      compare('the same file again', 'unchanged', 'changed', '≤ 0.4'),
      compare('every row changed', 'changed', 'changed', '≤ 1.2'),
      overFresh('dry run, over the import of fresh rows', 'triedFresh', '≤ 1.5'),
      overFresh('dry run of known rows, over the same', 'triedUnchanged', '≤ 1.5'),
      overFresh('fresh rows of a declared resource, over the same', 'declared', '≤ 1.05'),
    ],
    { floors, own },
  );
} finally {
  await server.close();
}
