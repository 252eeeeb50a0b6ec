/**
 * `npm run bench:adopted [-- --rows 1000000 --runs 3 --chunk 5000]`: lines into a table that its owner made, with an identity, a foreign
 * key, a check, a second unique index and an audit trigger, against what a person does by hand on the same table: COPY into an unlogged
 * staging table, INSERT … ON CONFLICT. Where lines are refused, the person's file has none: he could not load it otherwise.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { from as copyFrom } from 'pg-copy-streams';
import { readCsv } from '../src/readers/csv/csv.ts';
import { describeCsv } from '../src/readers/csv/describe-csv.ts';
import type { ByteSource } from '../src/readers/reader.ts';
import { commit, type Pool, withSession } from '../src/store/connection/pool.ts';
import { Wire } from '../src/store/connection/wire.ts';
import { planWrite } from '../src/targets/adopted/plan/plan-write.ts';
import { describeTable } from '../src/targets/adopted/shape/describe-table.ts';
import { openAdoptedTable } from '../src/targets/adopted/write/write-chunk.ts';
import type { CopyRows } from '../src/targets/copy-rows.ts';
import type { Became } from '../src/targets/target.ts';
import { type BenchDatabase, openBenchServer } from './support/database.ts';
import { median, report, say } from './support/report.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    chunk: { type: 'string', default: '5000' },
    only: { type: 'string' },
  },
});
const rows = Number(values.rows);
const runs = Number(values.runs);
const chunkRows = Number(values.chunk);

const PARENTS = 10_000;
const COLUMNS = ['code', 'email', 'name', 'city', 'parent_id', 'credit', 'since', 'note'] as const;

const TABLES = `
  drop table if exists customers, audit, parents;
  create table parents (id integer primary key, name text not null);
  insert into parents select n, 'parent ' || n from generate_series(0, ${PARENTS - 1}) n;
  create table customers (
    id bigint generated always as identity primary key,
    code text not null unique,
    email text not null unique,
    name text not null,
    city varchar(40),
    parent_id integer references parents,
    credit numeric(10,2) not null check (credit >= 0),
    since date,
    note text
  );
  create table audit (customer bigint, change text, at timestamptz default now())`;

const TRIGGER = `
  create or replace function keep_audit() returns trigger language plpgsql as $$
  begin
    insert into audit (customer, change) values (new.id, tg_op);
    return null;
  end $$;
  create trigger keep_audit after insert or update on customers for each row execute function keep_audit()`;

/** What lines there are, and what of their records is there already: nothing, every second one, all. */
interface Case {
  readonly what: string;
  readonly known: 'none' | 'half' | 'all';
  /** Whether known records say something else than their lines. */
  readonly changed: boolean;
  /** Of a hundred lines. */
  readonly bad: number;
  readonly declared: boolean;
  readonly goal: string;
}

const CASES: readonly Case[] = [
  { what: 'new rows, declared fit', known: 'none', changed: false, bad: 0, declared: true, goal: '≤ 0.85' },
  { what: 'unchanged rows', known: 'all', changed: false, bad: 0, declared: false, goal: '≤ 0.4' },
  { what: 'half new, half changed, declared fit', known: 'half', changed: true, bad: 0, declared: true, goal: '≤ 1.1' },
  { what: 'the same, not declared', known: 'half', changed: true, bad: 0, declared: false, goal: '–' },
  { what: '1 % refused, declared fit', known: 'half', changed: true, bad: 1, declared: true, goal: '≤ 1.8' },
  { what: '1 % refused, not declared', known: 'half', changed: true, bad: 1, declared: false, goal: '≤ 1.8' },
  { what: '10 % refused, declared fit', known: 'half', changed: true, bad: 10, declared: true, goal: '≤ 1.8' },
  { what: '10 % refused, not declared', known: 'half', changed: true, bad: 10, declared: false, goal: '≤ 1.8' },
];

const line = (
  n: number,
  edition: number,
  { email = `m${n}@example.org`, parent = (n * 7919) % PARENTS, credit = n % 9973 } = {},
) =>
  `C${n},${email},Name ${n} of ${edition},City ${n % 500},${parent},${credit}.50,20${10 + (n % 15)}-0${1 + (n % 9)}-1${n % 10},"Note, ${edition}"`;

/** A bad line is of one of three kinds: no parent, a check, an email that another record has. */
function badLine(n: number, edition: number): string {
  const kinds = [
    { parent: PARENTS + n },
    { credit: -1 - (n % 100) },
    { email: `m${n < 2 ? 4 : n - (n % 2) - 2}@example.org` },
  ];
  return line(n, edition, kinds[Math.floor(n / 10) % kinds.length]);
}

function* lines(edition: number, bad: number): Generator<string> {
  yield `${COLUMNS.join()}\n`;
  let piece = '';
  for (let n = 0; n < rows; n += 1) {
    piece += `${bad > 0 && n % (100 / bad) === 5 ? badLine(n, edition) : line(n, edition)}\n`;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** Makes the tables, with the records that are known. */
async function reset(pool: Pool, { known }: Case): Promise<void> {
  await pool.query(TABLES);
  if (known !== 'none')
    await pool.query(
      `insert into customers (${COLUMNS.join()})
       select 'C' || n, 'm' || n || '@example.org', 'Name ' || n || ' of 1', 'City ' || n % 500, (n * 7919) % ${PARENTS}, n % 9973 + 0.5,
         make_date(2010 + n % 15, 1 + n % 9, 10 + n % 10), 'Note, 1'
       from generate_series(0::bigint, $1, $2) n, lateral (select n::integer) i (i)`.replace(
        'make_date(2010 + n % 15, 1 + n % 9, 10 + n % 10)',
        'make_date(2010 + i % 15, 1 + i % 9, 10 + i % 10)',
      ),
      [rows - 1, known === 'half' ? 2 : 1],
    );
  await pool.query(TRIGGER);
  await pool.query('vacuum analyze customers, parents');
  await pool.query('checkpoint');
}

/** By hand, on one connection: as `\copy` of psql does it. */
async function byHand(pool: Pool, file: string): Promise<number> {
  const session = await pool.connect();
  const start = performance.now();
  await session.query('drop table if exists staging');
  await session.query(`create unlogged table staging as select ${COLUMNS.join()} from customers with no data`);
  await pipeline(
    createReadStream(file),
    session.query(copyFrom(`copy staging (${COLUMNS.join()}) from stdin (format csv, header)`)),
  );
  const set = COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`);
  await session.query(
    `insert into customers (${COLUMNS.join()}) select ${COLUMNS.join()} from staging
     on conflict (code) do update set ${set.join(', ')}`,
  );
  const seconds = (performance.now() - start) / 1000;
  session.release();
  return seconds;
}

async function sourceOf(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return { size, open: (offset = 0) => createReadStream(path, { start: offset, highWaterMark: 256 * 1024 }) };
}

/** Chunk after chunk, each a transaction, as a worker does it: a chunk is read while the one before is written. */
async function ours(
  { pool }: BenchDatabase,
  file: string,
  { declared }: Case,
): Promise<{ seconds: number; counts: Counts }> {
  const start = performance.now();
  const shape = await describeTable(pool, { schema: 'public', table: 'customers' });
  if (!shape) throw new Error('There is no table.');
  const planned = planWrite(shape, {
    columns: COLUMNS,
    key: ['code'],
    mode: 'upsert',
    ...(declared && { declaredSetSafe: true, harmlessTriggers: ['keep_audit'] }),
  });
  if ('refusals' in planned) throw new Error(JSON.stringify(planned.refusals));
  const target = openAdoptedTable(planned.plan);
  const counts: Counts = {};
  const source = await sourceOf(file);
  const format = await describeCsv(source);
  let reading: CopyRows = target.rows();
  const reader = readCsv(source, format, format.body, ({ line, cells }) => {
    reading.add(line, { key: cells[0] as string, values: cells, removes: false });
    return line;
  });
  const limit = { rows: chunkRows, bytes: 4 * 1024 * 1024 };
  await withSession(pool, async (session) => {
    const wire = new Wire(session);
    let batch = await reader.read(limit);
    let committed: Promise<void> = Promise.resolve();
    for (let writing = reading; writing.length > 0; writing = reading) {
      reading = target.rows();
      wire.send('begin');
      wire.send('set local synchronous_commit = off');
      let next: ReturnType<typeof reader.read> | undefined;
      const { done } = batch;
      const { outcomes } = await target.write(wire, writing, () => {
        if (!done) next = reader.read(limit);
      });
      await committed;
      committed = commit(wire);
      for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (next) batch = await next;
    }
    await committed;
  });
  await reader.close();
  return { seconds: (performance.now() - start) / 1000, counts };
}

type Counts = Partial<Record<Became, number>>;

/** What must have become of the lines. */
function check({ known, changed, bad }: Case, counts: Counts): void {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const errored = Math.floor((rows * bad) / 100);
  const wrong =
    all !== rows ||
    (counts.errored ?? 0) !== errored ||
    (known === 'none' && counts.inserted !== rows) ||
    (known === 'all' && counts[changed ? 'updated' : 'unchanged'] !== rows);
  if (wrong) throw new Error(`It did something else: ${JSON.stringify(counts)}`);
}

const server = await openBenchServer();
const database = await server.database();
try {
  const fileOf = async (edition: number, bad: number) => {
    const path = join(server.folder, `lines-${edition}-${bad}.csv`);
    const there = await open(path).then(
      (file) => file.close().then(() => true),
      () => false,
    );
    if (!there) await pipeline(Readable.from(lines(edition, bad)), createWriteStream(path));
    return path;
  };
  const figures = CASES.filter(({ what }) => !values.only || what.includes(values.only)).map((one) => ({
    one,
    floor: [] as number[],
    own: [] as number[],
  }));
  for (let run = 1; run <= runs; run += 1) {
    for (const { one, floor, own } of figures) {
      const edition = one.changed ? 2 : 1;
      await reset(database.pool, one);
      floor.push(await byHand(database.pool, await fileOf(edition, 0)));
      await reset(database.pool, one);
      const { seconds, counts } = await ours(database, await fileOf(edition, one.bad), one);
      check(one, counts);
      own.push(seconds);
      say(
        `run ${run} of ${runs}: ${one.what}: by hand ${floor.at(-1)?.toFixed(2)} s, OpenBulk ${seconds.toFixed(2)} s`,
      );
    }
  }
  const shown = (seconds: number) => `${seconds.toFixed(2)} s`;
  report(
    'adopted',
    { database: server.version, rows, runs, chunkRows },
    figures.map(({ one, floor, own }) => ({
      what: one.what,
      ours: shown(median(own)),
      floor: shown(median(floor)),
      ratio: median(own) / median(floor),
      goal: one.goal,
    })),
    figures.map(({ one, floor, own }) => ({ what: one.what, floor, own })),
  );
} finally {
  await database.drop();
  await server.close();
}
