/**
 * `npm run bench:search [-- --rows 1000000 --times 20]`: a search in many records without and with the search index, and what the
 * index costs: the time to make it, and an import of fresh rows with it over one without.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dropSearchIndex, makeSearchIndex } from '../src/service/records/search-indexes.ts';
import { openBenchServer } from './support/database.ts';
import { writeInventory } from './support/inventory-file.ts';
import { startProgram } from './support/program.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, times: { type: 'string', default: '20' } },
});
const rows = Number(values.rows);
const ACTION = 'import-inventory-items';
const RESOURCE = 'inventory-items';
/** Milliseconds that a search may take. */
const GOAL = 200;

const server = await openBenchServer();
try {
  const database = await server.database();
  const { pool } = database;
  const file = join(server.folder, 'items.csv');
  await writeInventory(file, rows, 1);
  const dataDir = join(server.folder, 'data');
  await mkdir(dataDir, { recursive: true });
  const program = await startProgram(database.url, dataDir, { OPENBULK_WORKERS: '1' });
  const importAnew = async () => {
    await pool.query('truncate inventory_items');
    return (await program.run(file, ACTION, true, { poll: 100 })).seconds;
  };
  /** Milliseconds of a search for a text that one record has. */
  const search = async () => {
    const taken: number[] = [];
    for (let i = 0; i < Number(values.times); i += 1) {
      const { rows: some } = await pool.query<{ serial: string }>(
        'select identifiers_serial_number as serial from inventory_items offset $1 limit 1',
        [Math.floor((rows / Number(values.times)) * i)],
      );
      const start = performance.now();
      const answer = await program.ask(`/v1/organizations/demo/inventory-items?limit=50&q=${some[0]?.serial}`);
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`A search answered ${answer.status}.`);
      taken.push(performance.now() - start);
    }
    return median(taken);
  };
  const plain = await importAnew();
  await pool.query('vacuum analyze inventory_items');
  const unindexed = await search();
  say('making the search index');
  const start = performance.now();
  await makeSearchIndex({ pool }, RESOURCE);
  const made = (performance.now() - start) / 1000;
  const indexed = await search();
  const { rows: sizes } = await pool.query<{ mb: number }>(
    "select pg_relation_size('inventory_items_search')::float8 / 1e6 as mb",
  );
  const costly = await importAnew();
  await dropSearchIndex({ pool }, RESOURCE);
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const s = (value: number) => `${value.toFixed(1)} s`;
  report(
    'search',
    { database: server.version, rows, times: values.times, madeSeconds: made, indexMB: sizes[0]?.mb },
    [
      {
        what: `search in ${rows} records with the index`,
        ours: ms(indexed),
        floor: ms(GOAL),
        ratio: indexed / GOAL,
        goal: '≤ 1',
      },
      { what: 'the same without', ours: ms(unindexed), floor: ms(GOAL), ratio: unindexed / GOAL, goal: '–' },
      {
        what: 'import with the index, over without',
        ours: s(costly),
        floor: s(plain),
        ratio: costly / plain,
        goal: '–',
      },
    ],
    {},
  );
  await program.stop();
  await database.drop();
} finally {
  await server.close();
}
