import { stringify } from 'csv-stringify/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

let server: TestServer;
let acme: Desk;

beforeAll(async () => {
  server = await openServer();
  acme = await openDesk(server, 'acme');
});
afterAll(() => server.close());

const LONG = 'x'.repeat(255);
/** What a statement, a record or JSON has of its own; and what needs quotes, is long, or is in other scripts. */
const NAMES = [
  ...['id', 'created_at', 'createdAt', 'updatedAt', 'organization_id', 'key', 'select', 'user', 'time', 'values'],
  ...['"x', "it's", '$1', 'a;drop table tasks', 'back\\slash', 'constructor', 'toString', 'xmin', 'tableoid', 'place'],
  ...[
    'Größe',
    '名前',
    'имя',
    '🙂',
    'c0',
    `${LONG}1`,
    `${LONG}2`,
    'moved_1',
    'before',
    'p',
    'Nr.',
    'Min',
    'Min. quantity',
  ],
];

test('a column can have any name', async () => {
  const declaration = {
    fields: NAMES.map((name) => ({ name })),
    primaryKey: 'id',
    openbulk: { name: 'named' },
  };
  const { status, text } = await acme.put(declaration);
  expect(status, text).toBe(200);
  const cells = NAMES.map((_, at) => `value ${at}`);
  expect(await acme.imported('named', stringify([NAMES, cells]))).toMatchObject({ numInserts: 1, numErrors: 0 });
  const changed = cells.map((cell, at) => (at === 0 ? cell : `${cell} changed`));
  const again = await acme.imported('named', stringify([NAMES, changed]), { override: 'true' });
  expect(again).toMatchObject({ numUpdates: 1, numErrors: 0 });

  const { json } = await acme.ask('/resources/named/records');
  const [record] = (json.data as Json).items as unknown as Record<string, string>[];
  expect(NAMES.map((name) => record?.[name])).toEqual(changed);
  // What every record has is called otherwise where a column has its name.
  expect(record).toMatchObject({ _id: expect.stringMatching(/^[0-9a-f]{24}$/), _createdAt: expect.any(String) });
  for (const name of NAMES) {
    const criteria = { field: name, op: 'eq', value: changed[NAMES.indexOf(name)] };
    const query = `?criteria=${encodeURIComponent(JSON.stringify(criteria))}`;
    const found = await acme.ask(`/resources/named/records${query}`);
    expect([name, found.status, found.json.data?.totalDocs]).toEqual([name, 200, 1]);
  }
  expect((await acme.exported('named', 'csv')).split('\n')[0]).toContain('Größe');
  const { status: added } = await acme.put({ ...declaration, fields: [...declaration.fields, { name: 'more' }] });
  expect(added).toBe(200);
});

test('a name that no column can have is told', async () => {
  const declared = (...names: string[]) =>
    acme.put({
      fields: [{ name: 'k' }, ...names.map((name) => ({ name }))],
      primaryKey: 'k',
      openbulk: { name: 'bad' },
    });
  for (const names of [['a', 'A'], ['a', 'a.b'], [''], ['x'.repeat(257)], ['a\0']]) {
    const { status, text } = await declared(...names);
    expect([names, status]).toEqual([names, 400]);
    expect(text).toContain('declaration/fields/');
  }
  const proto = '{"fields": [{"name": "k"}, {"name": "__proto__"}], "primaryKey": "k", "openbulk": {"name": "bad"}}';
  expect((await acme.ask('/resources/bad', 'PUT', proto)).status).toBe(400);
  const member = '{"fields": [{"name": "k"}], "primaryKey": "k", "openbulk": {"name": "odd"}, "__proto__": {"a": 1}}';
  expect((await acme.ask('/resources/odd', 'PUT', member)).status).toBe(200);
  expect(
    (await acme.ask('/resources/Not%20A%20Name', 'PUT', '{"fields": [{"name": "k"}], "primaryKey": "k"}')).status,
  ).toBe(400);
});

test('1,500 columns are declared, imported and listed', async () => {
  const fields = Array.from({ length: 1_500 }, (_, at) => ({
    name: `column ${at}`,
    type: at % 2 ? 'integer' : 'string',
  }));
  const { status, text } = await acme.put({ fields, primaryKey: 'column 0', openbulk: { name: 'wide' } });
  expect(status, text).toBe(200);
  const csv = stringify([fields.map(({ name }) => name), fields.map((_, at) => (at % 3 === 0 ? String(at) : ''))]);
  expect(await acme.imported('wide', csv)).toMatchObject({ numInserts: 1, numErrors: 0 });
  const [record] = await acme.records('wide');
  expect(record).toMatchObject({ 'column 0': '0', 'column 1497': 1497 });
});
