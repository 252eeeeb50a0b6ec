import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

/** Numbers of eight bytes each: with more than a thousand of them a row is larger than a page of PostgreSQL. */
const NUMBERS = Array.from({ length: 1_200 }, (_, at) => `n${at}`);
const WIDE = {
  fields: [{ name: 'k' }, ...NUMBERS.map((name) => ({ name, type: 'integer' }))],
  primaryKey: 'k',
  openbulk: { name: 'wide' },
};

const REASON =
  'With this line the record would be larger than PostgreSQL can store: about 8,000 bytes without its long texts. Fill fewer columns.';

/** Lines of a key and those columns, the first so many of which have a value. */
function csv(columns: readonly string[], lines: readonly (readonly [key: string, filled: number])[]): string {
  const rows = lines.map(([key, filled]) => [key, ...columns.map((_, at) => (at < filled ? '1' : ''))].join(','));
  return `${['k', ...columns].join(',')}\n${rows.join('\n')}\n`;
}

async function outcomes(desk: Desk, file: string, config: Record<string, string> = {}) {
  const { id, status, numInserts, numUpdates, numErrors } = await desk.imported('wide', file, config);
  const { json } = await desk.ask(`/bulk-tasks/${String(id)}/lines?outcome=errored`);
  const { lines } = json.data as unknown as { lines: { line: number; code: string; reason: string }[] };
  return [status, numInserts, numUpdates, numErrors, lines.map(({ line, code, reason }) => [line, code, reason])];
}

test('a line whose record would be larger than a row can be has an error, and a dry run says so too', async () => {
  const desk = await openDesk(server, 'wide');
  expect((await desk.put(WIDE)).status).toBe(200);
  const file = csv(NUMBERS, [
    ['a', 5],
    ['b', 1_200],
    ['c', 600],
    ['d', 1_200],
  ]);
  const found = ['completed', 2, 0, 2, [2, 4].map((line) => [line + 1, 'record_too_large', REASON])];
  expect(await outcomes(desk, file, { dryRun: 'true' })).toEqual(found);
  expect(await outcomes(desk, file)).toEqual(found);
  // What the record has besides counts.
  const more = csv(NUMBERS.slice(600), [
    ['a', 600],
    ['c', 600],
    ['e', 600],
  ]);
  const changed = ['completed', 1, 1, 1, [[3, 'record_too_large', REASON]]];
  expect(await outcomes(desk, more, { override: 'true', dryRun: 'true' })).toEqual(changed);
  expect(await outcomes(desk, more, { override: 'true' })).toEqual(changed);
});

test('a plan is refused that would need more columns than a table has room for, removed ones included', async () => {
  const desk = await openDesk(server, 'worn');
  const worn = (prefix: string, length: number) => ({
    fields: [{ name: 'k' }, ...Array.from({ length }, (_, at) => ({ name: `${prefix}${at}` }))],
    primaryKey: 'k',
    openbulk: { name: 'worn' },
  });
  const applied = async (declaration: object) => {
    const { json } = await desk.plan(declaration);
    return desk.put(declaration, `?hash=${String((json.data as unknown as { hash: string }).hash)}`);
  };
  expect((await applied(worn('a', 1_000))).status).toBe(200);
  expect((await applied(worn('b', 594))).status).toBe(200);
  const refused = await desk.plan(worn('c', 1));
  expect([refused.status, refused.text]).toEqual([
    409,
    expect.stringContaining('The table has had 1600 columns, removed ones included, and would get 1 more'),
  ]);
  // What needs no column can still be changed.
  expect((await applied(worn('b', 500))).status).toBe(200);
});
