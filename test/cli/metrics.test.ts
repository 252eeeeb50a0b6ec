import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Command, freePort, items, openbulk } from './command.ts';
import { runHere } from './in-process.ts';
import { ownPlace } from './own-servers.ts';

/** What an operator's Prometheus gets of `openbulk serve` and `openbulk work`, and what the docs and the dashboard make of it. */
const DOCS = join(import.meta.dirname, '../../docs');
const ROWS = 50;
const IMPORTED = 'openbulk_worker_rows_total{operation="import",outcome="inserted"}';
const COMPLETED = 'openbulk_worker_slices_total{operation="import",end="completed"}';

const place = ownPlace();
let port: number;
let metricsPort: number;

function start(command: 'serve' | 'work', env: Record<string, string> = {}): Command {
  const its = { DATABASE_URL: place.database.url, OPENBULK_DATA: place.folder.path, PORT: String(port) };
  return openbulk([command], { cwd: place.folder.path, env: { ...its, ...env } });
}

/** A server that shows its metrics, with so many workers. */
async function serve(workers: number): Promise<Command> {
  port = await freePort();
  metricsPort = await freePort();
  const server = start('serve', { OPENBULK_WORKERS: String(workers), OPENBULK_METRICS_PORT: String(metricsPort) });
  await server.says('"ready"');
  return server;
}

/** Has a file imported, whose rows are all inserted. */
async function importRows(prefix: string): Promise<void> {
  const { stdout } = await runHere(['token'], {
    ...{ DATABASE_URL: place.database.url, OPENBULK_DATA: place.folder.path, PORT: String(port) },
  });
  const env = { OPENBULK_SERVER: `http://127.0.0.1:${port}`, OPENBULK_TOKEN: stdout.trim() };
  const file = join(place.folder.path, `${prefix}.csv`);
  await writeFile(file, items(ROWS, prefix));
  const { code, stderr } = await runHere(['import', file, '--action', 'import-inventory-items'], env);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

/** A scrape: every sample by its name and labels, as they are written. */
interface Scrape {
  readonly samples: ReadonlyMap<string, number>;
  /** Every metric with its labels, those of a histogram without `le`. */
  readonly metrics: ReadonlyMap<string, ReadonlySet<string>>;
}

async function scrape(at: number): Promise<Scrape> {
  const answer = await fetch(`http://127.0.0.1:${at}/metrics`);
  const text = await answer.text();
  const samples = new Map<string, number>();
  for (const [, sample, value] of text.matchAll(/^([a-z]\S*?(?:\{.*\})?) (\S+)$/gm)) {
    samples.set(sample as string, Number(value));
  }
  const metrics = new Map<string, Set<string>>();
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffix = type === 'histogram' ? '_(?:bucket|sum|count)' : '';
    const its = [...samples.keys()].filter((sample) => new RegExp(`^${name}${suffix}(?:\\{|$)`).test(sample));
    const labels = its.flatMap((sample) => [...sample.matchAll(/[{,](\w+)="/g)].map((match) => match[1] as string));
    metrics.set(name as string, new Set(labels.filter((label) => label !== 'le')));
  }
  return { samples, metrics };
}

/** Waits until a target tells of so many imports. */
async function scrapeWith(at: number, imports: number): Promise<Scrape> {
  const told = async () => {
    const { samples } = await scrape(at);
    return [samples.get(IMPORTED), samples.get(COMPLETED)];
  };
  await expect.poll(told, { timeout: 20_000 }).toEqual([imports * ROWS, imports]);
  return scrape(at);
}

/** The metrics of OpenBulk as `name{labels}`: those of Node and of the process are prom-client's. */
function ours({ metrics }: Scrape): string[] {
  const names = [...metrics].filter(([name]) => /^(?:openbulk|http)_/.test(name));
  return names.map(([name, labels]) => (labels.size > 0 ? `${name}{${[...labels]}}` : name)).sort();
}

/** The table of docs/operating.md. */
async function documented(): Promise<{ all: string[]; ofWorkers: string[] }> {
  const text = await readFile(join(DOCS, 'operating.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `((?:openbulk|http)_[^`]+)` \|(.*)$/gm)];
  const named = (some: typeof rows) => some.map((row) => row[1] as string).sort();
  return { all: named(rows), ofWorkers: named(rows.filter((row) => !row[2]?.includes('(servers only)'))) };
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

/** Every name of a sample that the dashboard asks for. */
async function queried(): Promise<string[]> {
  const { panels, templating } = JSON.parse(await readFile(join(DOCS, 'grafana/openbulk.json'), 'utf8')) as {
    panels: readonly Panel[];
    templating: { list: readonly { name: string; query: unknown }[] };
  };
  for (const { title, type, targets = [] } of panels) {
    expect([title, targets.length > 0]).toEqual([title, type !== 'row']);
    for (const { datasource } of targets) expect([title, datasource.uid]).toEqual([title, `\${datasource}`]);
  }
  const asked = [panels, templating].map((part) => JSON.stringify(part)).join();
  return [...new Set(asked.match(/\b(?:openbulk|http|process|nodejs)_[a-z0-9_]+/g))];
}

function lacking({ samples }: Scrape, names: readonly string[]): string[] {
  const there = new Set([...samples.keys()].map((sample) => sample.replace(/\{.*/s, '')));
  return names.filter((name) => !there.has(name));
}

test('a server shows what its workers did, and loses none of it with a worker', async () => {
  const server = await serve(1);
  await importRows('A');
  const before = await scrapeWith(metricsPort, 1);
  expect(ours(before)).toEqual((await documented()).all);
  expect(lacking(before, await queried())).toEqual([]);
  expect(Object.fromEntries(before.samples)).toMatchObject({
    openbulk_worker_processes: 1,
    openbulk_database_up: 1,
    openbulk_queue_organizations: 0,
    openbulk_queue_oldest_wait_seconds: 0,
    'openbulk_tasks{status="pending"}': 0,
    'openbulk_worker_chunks_total{operation="import"}': 1,
    'openbulk_worker_chunk_duration_seconds_count{operation="import",stage="commit"}': 1,
    openbulk_worker_process_losses_total: 0,
  });
  const [, pid] = /"name":"work","pid":(\d+).*"working"/.exec(server.stderr()) as RegExpExecArray;
  process.kill(Number(pid), 'SIGKILL');
  await server.says('"a worker process ended; starting another"');
  await importRows('B');
  const { samples } = await scrapeWith(metricsPort, 2);
  expect(samples.get('openbulk_worker_process_losses_total')).toBe(1);
  expect(samples.get('openbulk_worker_processes')).toBe(1);
});

test('a worker of its own shows what it did, at its own port, and its server does not', async () => {
  await serve(0);
  const ofWorker = await freePort();
  const worker = start('work', { OPENBULK_METRICS_PORT: String(ofWorker) });
  await worker.says('"working"');
  await importRows('C');
  const told = await scrapeWith(ofWorker, 1);
  const { all, ofWorkers } = await documented();
  expect(ours(told)).toEqual(ofWorkers);
  const ofServers = all.filter((metric) => !ofWorkers.includes(metric)).map((metric) => metric.replace(/\{.*/, ''));
  const asked = (await queried()).filter((name) => !ofServers.some((metric) => name.startsWith(metric)));
  expect(lacking(told, asked)).toEqual([]);
  expect(told.samples.get('openbulk_worker_processes')).toBe(1);
  const { samples } = await scrape(metricsPort);
  expect([samples.get(IMPORTED) ?? 0, samples.get('openbulk_worker_processes')]).toEqual([0, 0]);
  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
  await expect(fetch(`http://127.0.0.1:${ofWorker}/metrics`)).rejects.toThrow();
});
