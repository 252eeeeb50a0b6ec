import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../../support/runs.ts';
import { idsOf, makerOf, nobodys } from '../documents/ids.ts';
import { type Operation, type Parameter, readDocuments, undeclared } from '../documents/operations.ts';
import { type Body, encodeBody, type Parts, plainRequest, send } from '../documents/requests.ts';
import { BROKEN_JSON, nearly, ODD_TEXTS, oddText, required, valid } from '../documents/samples.ts';
import { openServer, type TestServer } from '../server.ts';

/** FUZZ_SEED=7 FUZZ_RUNS=2000 npx vitest run test/api/http/fuzz.test.ts */
const SEED = Number(process.env.FUZZ_SEED ?? 20260131);
/** Requests for each operation. */
const RUNS = Number(process.env.FUZZ_RUNS ?? runs(120));
/** Real objects for each id of each operation, some worked on and some not: there are requests that use them up. */
const WORKED = 4;
const NEW = 4;

const operations = (await readDocuments()).flatMap((document) => document.operations);
let server: TestServer;
let acme: string;
let other: string;
let token: string;

beforeAll(async () => {
  console.info(`fuzz: seed ${SEED}, ${RUNS} requests for each of ${operations.length} operations`);
  server = await openServer({ maxUploadBytes: 1024 ** 2 });
  acme = await server.organization('acme');
  other = await server.organization('other');
  token = await server.token(acme);
  await makeObjects(WORKED);
  await server.working(settled);
  await makeObjects(NEW);
}, 120_000);
afterAll(() => server.close());

/** Ids that a request may name, by operation and name: real ones, other organizations' and such as name nothing. */
const ids = new Map<Operation, Record<string, string[]>>(operations.map((operation) => [operation, {}]));

async function makeObjects(count: number): Promise<void> {
  for (const [operation, known] of ids) {
    for (const name of idsOf(operation)) {
      const make = makerOf(operation, name);
      const own = await Promise.all(Array.from({ length: count }, () => make(server, acme)));
      const theirs = await make(server, other);
      known[name] = [...(known[name] ?? [theirs, nobodys(theirs)]), ...own];
    }
  }
}

/** Resolves when no task has moved for a while: those that wait for a person or a program never will. */
async function settled(): Promise<void> {
  const state = async () => (await server.pool.query('select max(updated_at) as moved from tasks')).rows[0].moved;
  for (let before: unknown, now: unknown = 0; String(before) !== String(now); ) {
    before = now;
    await sleep(1_500);
    now = await state();
  }
}

const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
/** What is no encoding of anything. */
const rubbish = fc.constantFrom('%', '%zz', '%C0%AF', '%ed%a0%80', '%00', '%E0%A4%A', '%2e%2e%2f', 'a%20b%0d%0a');

function pathOf(operation: Operation) {
  const places = operation.parameters.filter((parameter) => parameter.in === 'path');
  // An empty name, or one of dots, would be another path.
  const odd = oddText.filter((text) => !/^\.*$/.test(text)).map((text) => encoded(text.slice(0, 300)));
  const values = places.map(({ name }) => [
    name,
    fc.oneof({ arbitrary: fc.constantFrom(...(ids.get(operation)?.[name] ?? [])), weight: 12 }, odd, rubbish),
  ]);
  return fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<string>>);
}

function parameterValue({ schema, name }: Parameter, operation: Operation) {
  const fit = valid(schema, operation.document).map(String);
  const named = ids.get(operation)?.[name];
  return fc.oneof(
    { arbitrary: named ? fc.constantFrom(...named) : fit, weight: 6 },
    oddText.map((text) => text.slice(0, 1_000)),
  );
}

/** Members that are declared, once, not at all or twice; members that are not; and what is no encoding. */
function queryOf(operation: Operation) {
  const declared = operation.parameters.filter((parameter) => parameter.in === 'query');
  const members = declared.map((parameter) =>
    fc
      .tuple(fc.constantFrom(0, 0, 1, 1, 1, 1, 2), parameterValue(parameter, operation), oddText)
      .map(([count, value, odd]) =>
        [value, odd.slice(0, 500)].slice(0, count).map((each) => `${parameter.name}=${encoded(each)}`),
      ),
  );
  const stray = fc.constantFrom(
    '__proto__=1',
    'constructor[prototype][x]=1',
    'x[]=1',
    '=',
    '&&',
    'toString',
    'page[]=2',
  );
  const none = fc.constant<string[]>([]);
  const more = fc.oneof(
    { arbitrary: none, weight: 4 },
    stray.map((text) => [text]),
    rubbish.map((text) => [`${declared[0]?.name ?? 'a'}=${text}`]),
  );
  return fc.tuple(more, ...members).map((parts) => parts.flat().join('&'));
}

/** Without the characters that Node refuses to send in a header. */
const sendable = (text: string) => text.replace(/[^\x20-\x7e\xa0-\xff]/g, '').slice(0, 1_000);

function headersOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const declared = operation.parameters
    .filter((parameter) => parameter.in === 'header')
    .map((parameter) => [parameter.name, parameterValue(parameter, operation).map(sendable)] as const);
  const accept = fc.constantFrom(
    '*/*',
    'application/json',
    'text/csv',
    'application/x-ndjson',
    'image/png',
    ';q=,',
    'a/b;q=2',
  );
  const language = fc.constantFrom('es', 'en-GB,es;q=0.5', 'x'.repeat(500), ';;;');
  return fc.record(
    {
      ...Object.fromEntries(declared),
      accept,
      'accept-language': language,
      'x-request-id': oddText.map(sendable),
      'if-none-match': fc.constantFrom('*', 'W/"1"', '"1', ',,,'),
    },
    { requiredKeys: [] },
  );
}

function bodyOf(operation: Operation): fc.Arbitrary<Promise<Body>> {
  const contents = Object.entries(operation.requestBody?.content ?? {});
  const types = fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    'text/xml',
    'application/x-www-form-urlencoded',
    'nonsense',
    ...contents.map(([type]) => type),
  );
  const text = fc.oneof(fc.constantFrom(...BROKEN_JSON), oddText).map((each) => Buffer.from(each));
  const wrong = fc.tuple(types, text).map(async ([type, bytes]) => ({ type, bytes }));
  const none = fc.constantFrom<Body>({}, { type: 'application/json' }).map(async (body) => body);
  // A body that is not asked for is tried as well, less often.
  const asked = contents.flatMap(([type, { schema }]) => [
    { arbitrary: valid(schema, operation.document).map((value) => encodeBody(type, value)), weight: 4 },
    { arbitrary: required(schema, operation.document).map((value) => encodeBody(type, value)), weight: 4 },
    { arbitrary: nearly(schema, operation.document).map((value) => encodeBody(type, value)), weight: 4 },
    { arbitrary: text.map(async (bytes) => ({ type, bytes })), weight: 2 },
  ]);
  return fc.oneof({ arbitrary: none, weight: asked.length === 0 ? 8 : 1 }, { arbitrary: wrong, weight: 1 }, ...asked);
}

test.each(operations)('$method $path never fails, and answers only what it declares', async (operation) => {
  server.logged.length = 0;
  const requests = fc.record({
    path: pathOf(operation),
    query: queryOf(operation),
    headers: headersOf(operation),
    body: bodyOf(operation),
  });
  const property = fc.asyncProperty(requests, async ({ body, ...rest }) => {
    const parts: Parts = { ...rest, body: await body };
    const given = await send(server.port, operation, parts, token);
    const wrong = given.status >= 500 ? `the status ${given.status}` : undeclared(operation, given);
    if (wrong) throw new Error(`${wrong}, for ${show(parts)}: ${given.text.slice(0, 500)}`);
  });
  const examples = await oneOddThing(operation);
  await fc.assert(property, { seed: SEED, numRuns: examples.length + RUNS, examples, endOnFailure: true });
  // What tripped is not always what is told.
  expect(server.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

/** Every odd text in every parameter, and every broken body, where all else is as it should be. */
async function oneOddThing(operation: Operation): Promise<[Omit<Parts, 'body'> & { body: Promise<Body> }][]> {
  const real = Object.entries(ids.get(operation) ?? {}).map(([name, known]) => [name, known.at(-1) ?? '']);
  const { body, ...plain } = await plainRequest(operation, Object.fromEntries(real));
  const parameters = operation.parameters.flatMap(({ name, in: place }) =>
    ODD_TEXTS.filter((text) => place !== 'path' || text !== '').map((text) => {
      if (place === 'query') return { ...plain, query: `${name}=${encoded(text)}` };
      return { ...plain, [place === 'path' ? 'path' : 'headers']: withOdd(plain, place, name, text) };
    }),
  );
  const types = Object.keys(operation.requestBody?.content ?? { 'application/json': {} });
  const bodies = types.flatMap((type) => BROKEN_JSON.map((text) => ({ type, bytes: Buffer.from(text) })));
  return [
    ...parameters.map((parts) => ({ ...parts, body: Promise.resolve(body) })),
    ...bodies.map((broken) => ({ ...plain, body: Promise.resolve(broken) })),
  ].map((parts) => [parts]);
}

function withOdd(plain: Pick<Parts, 'path' | 'headers'>, place: 'path' | 'header', name: string, text: string) {
  if (place === 'path') return { ...plain.path, [name]: encoded(text.slice(0, 300)) };
  return { ...plain.headers, [name]: sendable(text) };
}

function show({ path, query, headers, body }: Parts): string {
  const cut = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text);
  return cut(JSON.stringify({ path, query, headers })) + cut(` ${body.type} ${JSON.stringify(body.bytes?.toString())}`);
}
