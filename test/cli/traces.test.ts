import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { askServer, form } from '../api/server.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Collector, openCollector } from '../support/traces/collector.ts';
import type { ExportedSpan } from '../support/traces/read-export.ts';
import { type Command, endCommands, freePort, items, openbulk, temporaryFolder } from './command.ts';

/** The traces of `openbulk serve` and `openbulk work`, as a collector gets them. */
const ROWS = 50;
const ROUTE = '/v1/organizations/:organizationId/bulk-tasks';
/** What a client's own spans are called, and what a system before it has added. */
const CLIENT = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7', state: 'vendor=opaque' };
/** Until the program ends: all that comes is what it sends at the end. */
const AT_THE_END = { OTEL_BSP_SCHEDULE_DELAY: '600000' };
/** Says on stderr which packages of OpenTelemetry a process loads. */
const TELLS_LOADED = `import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  registerHooks({ load(url, context, next) {
    const [name] = url.match(/@opentelemetry[/][^/]+/) ?? [];
    if (name) writeSync(2, 'loaded ' + name + ' in ' + process.argv[2] + '\\n');
    return next(url, context);
  } });`;
const TELLING = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(TELLS_LOADED)}` };

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: Collector;
let port: number;
/** Good for each server of this database. */
let token = '';

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
});
beforeEach(async () => {
  collector = await openCollector();
  port = await freePort();
});
afterEach(async () => {
  await endCommands();
  await collector.close();
});
afterAll(async () => {
  await folder.remove();
  await database.drop();
});

function start(command: 'serve' | 'work' | 'token', env: Record<string, string> = {}): Command {
  const its = { DATABASE_URL: database.url, OPENBULK_DATA: folder.path, PORT: String(port) };
  return openbulk([command], { cwd: folder.path, env: { ...its, ...env } });
}

async function serve(workers: number, env: Record<string, string> = {}): Promise<Command> {
  const server = start('serve', { OPENBULK_WORKERS: String(workers), ...env });
  await server.says('"ready"');
  return server;
}

/** Submits a file over HTTP and waits for the end of its task. @returns the task's id, as a UUID */
async function importFile(content: string, headers: Record<string, string> = {}): Promise<string> {
  token ||= (await start('token').ended).stdout.trim();
  const tasks = `http://127.0.0.1:${port}/v1/organizations/demo/bulk-tasks`;
  const body = form({ action: 'import-inventory-items' }, content);
  const made = await askServer(tasks, { method: 'POST', token, headers, body });
  expect([made.status, made.text]).toEqual([202, made.text]);
  const location = String(made.headers.get('location'));
  const ended = async () => {
    const { rows } = await database.pool.query('select id, finished_at from tasks order by created_at desc limit 1');
    return rows[0].finished_at && rows[0].id;
  };
  await expect.poll(ended, { timeout: 30_000 }).toBeTruthy();
  await askServer(`http://127.0.0.1:${port}${location}?mark=${encodeURIComponent('a query')}`, { token });
  return ended();
}

async function stop(command: Command): Promise<number> {
  const begun = Date.now();
  command.child.kill('SIGTERM');
  expect((await command.ended).code).toBe(0);
  return Date.now() - begun;
}

function traced(trace: string): ExportedSpan[] {
  return collector.spans.filter((span) => span.trace === trace);
}

test('an import is one trace, from its client over the request to the slices of a worker that the server has started', async () => {
  const server = await serve(1, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=abc%20def',
    OTEL_SERVICE_NAME: 'bulk-eu',
    ...AT_THE_END,
    ...TELLING,
  });
  const headers = { traceparent: `00-${CLIENT.trace}-${CLIENT.span}-01`, tracestate: CLIENT.state };
  const id = await importFile(items(ROWS, 'TRACED'), headers);
  await stop(server);
  expect(new Set(collector.requests.map(({ path, headers: its }) => `${path} ${its['x-collector-key']}`))).toEqual(
    new Set(['/v1/traces abc def']),
  );
  const [request, ...slices] = traced(CLIENT.trace).sort((a, b) => (a.kind < b.kind ? 1 : -1));
  expect(request).toMatchObject({
    name: `POST ${ROUTE}`,
    ...{ kind: 'server', parent: CLIENT.span, state: CLIENT.state, failed: false },
    attributes: {
      'http.request.method': 'POST',
      'http.route': ROUTE,
      'url.path': '/v1/organizations/demo/bulk-tasks',
      'url.scheme': 'http',
      'http.response.status_code': 202,
    },
    resource: { 'service.name': 'bulk-eu' },
  });
  for (const slice of slices) {
    expect(slice).toMatchObject({
      name: 'import slice',
      ...{ kind: 'consumer', parent: request?.id, state: CLIENT.state, failed: false },
      attributes: { 'openbulk.task.id': id, 'openbulk.task.action': 'import-inventory-items' },
      resource: { 'service.name': 'bulk-eu' },
    });
    // Another process.
    expect(slice.resource['service.instance.id']).not.toBe(request?.resource['service.instance.id']);
  }
  expect(slices.at(-1)?.attributes).toMatchObject({
    'openbulk.slice.end': 'completed',
    'openbulk.slice.rows': ROWS,
    'openbulk.rows.inserted': ROWS,
    'openbulk.slice.chunks': 1,
  });
  expect(slices.at(-1)?.seconds).toBeGreaterThan(0);
  // A request without a trace begins one; its query, which is refused, is not in it.
  const read = collector.spans.find(({ name }) => name === `GET ${ROUTE}/:bulkTaskId`);
  expect(read).toMatchObject({ parent: '', attributes: { 'http.response.status_code': 400 } });
  expect(read?.trace).not.toBe(CLIENT.trace);
  const sent = Buffer.concat(collector.requests.map(({ body }) => body)).toString('latin1');
  for (const kept of ['mark', 'a query', 'a%20query', 'Bearer', 'TRACED', 'Item 1', 'items.csv', 'livez']) {
    expect([kept, sent.includes(kept)]).toEqual([kept, false]);
  }
  // What the test of the program without traces looks for is seen.
  for (const process of ['serve', 'work'])
    expect(server.stderr()).toContain(`loaded @opentelemetry/sdk-trace in ${process}`);
});

test('a worker on its own goes on with the trace, and a task that fails is seen there, without what was sent', async () => {
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/traces`, ...AT_THE_END };
  const server = await serve(0, env);
  const worker = start('work', env);
  await worker.says('"working"');
  const id = await importFile('Marked-column\n1\n');
  await stop(worker);
  await stop(server);
  expect(new Set(collector.requests.map(({ path }) => path))).toEqual(new Set(['/traces']));
  const request = collector.spans.find(({ name }) => name === `POST ${ROUTE}`);
  expect(request).toMatchObject({ parent: '', resource: { 'service.name': 'openbulk' } });
  const slice = collector.spans.find(({ kind }) => kind === 'consumer');
  expect(slice).toMatchObject({
    ...{ trace: request?.trace, parent: request?.id, failed: true },
    attributes: { 'openbulk.task.id': id, 'openbulk.slice.end': 'failed', 'error.type': 'missing_column' },
  });
  const sent = Buffer.concat(collector.requests.map(({ body }) => body)).toString('latin1');
  expect(sent).not.toContain('Marked-column');
});

test('a collector that hangs, and then is gone, holds up nothing and is warned of once', async () => {
  collector.hang();
  const server = await serve(1, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    OPENBULK_LOG: 'info',
  });
  const WARNING = /"name":"(serve|work)".*could not export traces/g;
  const warnings = () => [...server.stderr().matchAll(WARNING)].map((match) => match[1]).sort();
  await importFile(items(ROWS, 'HANG'));
  await expect.poll(warnings, { timeout: 20_000 }).toEqual(['serve', 'work']);
  await collector.close();
  await importFile(items(ROWS, 'GONE'));
  const asked = collector.requests.length;
  expect(asked).toBeGreaterThan(1);
  await stop(server);
  expect(warnings()).toEqual(['serve', 'work']);
});

test('an export that is under way at the end is not waited for', async () => {
  collector.hang();
  // A minute would be waited for each export.
  const waits = { OTEL_EXPORTER_OTLP_TIMEOUT: '60000', OTEL_BSP_SCHEDULE_DELAY: '50' };
  const server = await serve(0, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...waits });
  await askServer(`http://127.0.0.1:${port}/docs`);
  await expect.poll(() => collector.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await stop(server)).toBeLessThan(9_000);
});

test('without the variables, no part of OpenTelemetry is loaded but the interface that the metrics bring', async () => {
  const server = await serve(1, TELLING);
  await server.says('"working"');
  await stop(server);
  const loaded = new Set([...server.stderr().matchAll(/^loaded (.*)$/gm)].map((match) => match[1]));
  expect(loaded).toEqual(new Set(['@opentelemetry/api in serve']));
});
