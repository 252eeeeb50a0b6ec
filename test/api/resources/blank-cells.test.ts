import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdoptionRules } from '../../../src/service/resources/adopt/adoption-rules.ts';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

/** What a blank cell does to a record that is there (docs/api/files.md "Values"). */
let server: TestServer;

beforeAll(async () => {
  server = await openServer({ adoption: new AdoptionRules([{ slug: '*', schema: 'goods', table: '*' }]) });
});
afterAll(() => server.close());

const fields = [
  { name: 'code' },
  { name: 'name', constraints: { required: true } },
  { name: 'price', type: 'number' },
  { name: 'shelf', type: 'integer' },
  { name: 'place', type: 'integer' },
];
const adopted = (asSets: boolean) => ({
  fields: fields.map(({ name, type }) => ({ name, ...(type && { type }) })),
  primaryKey: 'code',
  openbulk: { name: 'goods', schema: 'goods', table: asSets ? 'as_sets' : 'by_lines', writes: { asSets } },
});

const KINDS: Record<string, object> = {
  'a table of ours': { fields, primaryKey: 'code', openbulk: { name: 'goods' } },
  'a table of ours with constraints': {
    ...{ fields, primaryKey: 'code', openbulk: { name: 'goods' } },
    uniqueKeys: [['shelf', 'place']],
  },
  'an adopted table': adopted(false),
  'an adopted table, as sets': adopted(true),
};

async function open(kind: string, slug: string): Promise<Desk> {
  const declaration = KINDS[kind] as { openbulk: { table?: string } };
  const { table } = declaration.openbulk;
  if (table) {
    await server.pool.query(
      `create schema if not exists goods; create table goods.${table} (code text primary key, name text not null, price numeric, shelf integer, place integer)`,
    );
  }
  const desk = await openDesk(server, slug);
  const { status, text } = await desk.put(declaration);
  expect(status, text).toBe(200);
  return desk;
}

const figures = ({ numInserts, numUpdates, numSkips, numErrors }: Json) => [
  numInserts,
  numUpdates,
  numSkips,
  numErrors,
];
const HEADER = 'code,name,price,shelf,place\n';

describe.each(Object.keys(KINDS))('in %s', (kind) => {
  test('a blank cell leaves what the record has, line by line', async () => {
    const desk = await open(kind, `keep-${Object.keys(KINDS).indexOf(kind)}`);
    await desk.imported('goods', `${HEADER}A,Apple,1,1,1\nB,Bean,2,1,2\nC,Cherry,3,1,3\n`);
    // A: one line says the price, the next one the shelf, and a third nothing new. B: nothing. C: all. D: new, and then more of it.
    const csv = `${HEADER}A,Apple,9,,\nA,Apple,,7,\nA,Apple,9,7,\nB,Bean,,,\nC,Cherries,4,2,3\nD,Date,,5,5\nD,Date,6,,\n`;
    const how = { override: 'true', blankCells: 'keep' };
    expect(figures(await desk.imported('goods', csv, how))).toEqual([1, 4, 2, 0]);
    expect(
      (await desk.records('goods')).map(({ code, name, price, shelf, place }) => [code, name, price, shelf, place]),
    ).toEqual([
      ['A', 'Apple', 9, 7, 1],
      ['B', 'Bean', 2, 1, 2],
      ['C', 'Cherries', 4, 2, 3],
      ['D', 'Date', 6, 5, 5],
    ]);
    expect(figures(await desk.imported('goods', csv, how))).toEqual([0, 0, 7, 0]);
    expect(figures(await desk.imported('goods', csv, { override: 'true' }))).toEqual([0, 6, 1, 0]);
  });
});

test('where only known records are updated, a required value may be blank; else it may not', async () => {
  const desk = await openDesk(server, 'required');
  await desk.put(KINDS['a table of ours'] as object);
  await desk.imported('goods', 'code,name,price\nA,Apple,1\n');
  const csv = 'code,name,price\nA,,2\nB,,2\n';
  expect(figures(await desk.imported('goods', csv, { override: 'true', blankCells: 'keep' }))).toEqual([0, 0, 0, 2]);
  expect(figures(await desk.imported('goods', csv, { mode: 'update' }))).toEqual([0, 0, 0, 2]);
  expect(figures(await desk.imported('goods', csv, { mode: 'update', blankCells: 'keep' }))).toEqual([0, 1, 0, 1]);
  expect(await desk.records('goods')).toMatchObject([{ code: 'A', name: 'Apple', price: 2 }]);
});

test('a blank cell of an open column leaves its member', async () => {
  const desk = await openDesk(server, 'open');
  const header = 'email,name,metadata.colour,metadata.size\n';
  await desk.imported('mdm-users', `${header}ada@example.com,Ada,red,XL\n`);
  const csv = `${header}ada@example.com,Ada,,S\n`;
  const kept = await desk.imported('mdm-users', csv, { override: 'true', blankCells: 'keep' });
  expect(figures(kept)).toEqual([0, 1, 0, 0]);
  expect(await desk.records('mdm-users')).toMatchObject([{ metadata: { colour: 'red', size: 'S' } }]);
  await desk.imported('mdm-users', csv, { override: 'true', blankCells: 'clear' });
  expect((await desk.records('mdm-users'))[0]?.metadata).toEqual({ size: 'S' });
});

test('a reference of several fields has all of them, or none', async () => {
  const desk = await openDesk(server, 'reference');
  const shelves = {
    fields: [
      { name: 'hall', type: 'integer' },
      { name: 'row', type: 'integer' },
    ],
    primaryKey: ['hall', 'row'],
    openbulk: { name: 'shelves' },
  };
  const goods = {
    fields: [{ name: 'code' }, { name: 'hall', type: 'integer' }, { name: 'row', type: 'integer' }],
    primaryKey: 'code',
    foreignKeys: [{ fields: ['hall', 'row'], reference: { resource: 'shelves', fields: ['hall', 'row'] } }],
    openbulk: { name: 'goods' },
  };
  for (const declaration of [shelves, goods]) expect((await desk.put(declaration)).status).toBe(200);
  await desk.imported('shelves', 'hall,row\n1,1\n1,2\n');
  await desk.imported('goods', 'code,hall,row\nA,1,1\nB,1,1\nC,1,1\n');
  const how = { override: 'true', blankCells: 'keep' };
  expect(figures(await desk.imported('goods', 'code,hall,row\nA,,2\nB,,\nC,1,2\n', how))).toEqual([0, 1, 1, 1]);
  expect((await desk.records('goods')).map(({ row }) => row)).toEqual([1, 1, 2]);
});

test('any other word is refused, and the task says what was asked', async () => {
  const desk = await openDesk(server, 'words');
  const order = (blankCells: string) => form({ action: 'import-inventory-items', blankCells }, 'basic.name\nA\n');
  const refused = await desk.ask('/bulk-tasks', 'POST', order('ignore'));
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('blankCells')]);
  const task = await desk.over(await desk.ask('/bulk-tasks', 'POST', order('keep')));
  expect(task).toMatchObject({ config: { blankCells: 'keep' } });
});
