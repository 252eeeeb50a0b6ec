import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { type Desk, openDesk } from './desk.ts';

let server: TestServer;
let desk: Desk;

beforeAll(async () => {
  server = await openServer();
  desk = await openDesk(server, 'acme');
});
afterAll(() => server.close());

const CSV =
  'Customer no,E-mail,Since,Spent\nC1,ada@example.com,31.01.2026,"1.299,00"\nC2,grace@example.com,14.02.2026,"12,50"\n';

/** Asks for the declaration of a file in a form. */
async function inferred(file: string | Buffer, fields: Record<string, string> = {}, fileName = 'Our customers.csv') {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob([file as string]), fileName);
  return desk.ask('/resources/infer', 'POST', body);
}

function read({ status, text, json }: Awaited<ReturnType<typeof inferred>>) {
  expect(status, text).toBe(200);
  return json.data as unknown as { declaration: { fields: Json[]; openbulk: Json }; remarks: string[] };
}

test('a file gives a declaration that can be applied, and takes the file', async () => {
  const { declaration, remarks } = read(await inferred(CSV, { name: 'customers' }));
  expect(declaration).toMatchObject({
    fields: [
      { name: 'Customer no' },
      { name: 'E-mail', format: 'email' },
      { name: 'Since', type: 'date', format: '%d.%m.%Y' },
      { name: 'Spent', type: 'number', decimalChar: ',' },
    ],
    openbulk: { name: 'customers' },
  });
  expect(remarks).toEqual([]);
  const applied = await desk.put(declaration);
  expect(applied.status, applied.text).toBe(200);
  expect(await desk.imported('customers', CSV)).toMatchObject({ numInserts: 2, numErrors: 0 });
});

test('a name is made of that of the file, and a plain file is taken as well, in its character set', async () => {
  expect(read(await inferred(CSV)).declaration.openbulk).toEqual({ name: 'our-customers' });
  const headers = { 'content-type': 'text/csv; charset=windows-1252' };
  const token = await server.token(desk.organizationId);
  const body = Buffer.from('code,city\nA,M\xe1laga\nB,C\xe1diz\n', 'latin1');
  const path = '/v1/organizations/acme/resources/infer?name=cities';
  const answer = await server.ask(path, { method: 'POST', token, headers, body: body as never });
  expect(read(answer).declaration).toMatchObject({
    fields: [{ name: 'code' }, { openbulk: { examples: ['Málaga', 'Cádiz'] } }],
    openbulk: { name: 'cities' },
  });
});

test('the beginning of a large file is enough, compressed or not, and the row that it cuts off is not looked at', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `C${i},${i % 2 ? 'Madrid' : 'Granada'}`);
  const csv = Buffer.from(`code,city\n${rows.join('\n')}\n`);
  for (const start of [csv.subarray(0, csv.indexOf('C19999') + 3), gzipSync(csv).subarray(0, 30_000)]) {
    const { declaration, remarks } = read(await inferred(start, { size: String(csv.length) }));
    expect(declaration.fields[1]).toMatchObject({ constraints: { required: true, enum: expect.any(Array) } });
    expect(remarks[0]).toBe('Only the first 8 MiB of the file were looked at.');
    expect(remarks.filter((remark) => remark.includes('is left out'))).toEqual([]);
  }
});

test('a header that is there twice, one without a name and a file without a key are told of', async () => {
  const { declaration, remarks } = read(await inferred('a,a,\n1,2,3\n1,2,3\n'));
  expect(declaration.fields).toHaveLength(1);
  expect(declaration).not.toHaveProperty('primaryKey');
  expect(remarks.join(' ')).toMatch(/Column 2 has the name of column 1.*Column 3 has no name.*primaryKey/);
});

test('what is no table, no file or too much is refused in the words of the dialect', async () => {
  const zip = await inferred(Buffer.from('PK\x03\x04 and more'));
  expect([zip.status, zip.json.error]).toMatchObject([400, { code: 3000, data: [{ field: 'file' }] }]);
  const empty = new FormData();
  empty.append('name', 'x');
  const none = await desk.ask('/resources/infer', 'POST', empty);
  expect([none.status, none.json.error]).toMatchObject([400, { data: [{ field: 'file' }] }]);
  expect((await inferred('a\n1\n', { nam: 'x' })).text).toContain('is not a field of this form');
  expect((await inferred(Buffer.alloc(8 * 1024 * 1024 + 1, 'a'))).status).toBe(413);
  const json = await desk.ask('/resources/infer', 'POST', {});
  expect([json.status, json.text]).toMatchObject([400, expect.stringContaining('Content-Type')]);
});

test('a preview says which resources a file may be for', async () => {
  const own = await openDesk(server, 'fitting');
  const declared = { fields: [{ name: 'Customer no' }, { name: 'E-mail' }], primaryKey: 'Customer no' };
  await own.put({ ...declared, openbulk: { name: 'buyers' } });
  await own.put({ ...declared, primaryKey: ['Customer no', 'E-mail'], openbulk: { name: 'both' } });
  const fits = async (csv: string) => (await own.ask('/bulk-tasks/preview', 'POST', form({}, csv))).json.data?.fits;
  expect(await fits(CSV)).toEqual(['mdm-users', 'both', 'buyers']);
  expect(await fits('customer NO,x\n1,2\n')).toEqual(['buyers']);
  expect(await fits('Title,Kind\n1,2\n')).toEqual([]);
});

test('only who can declare resources can ask, and no resource has a name that stands there', async () => {
  const body = new FormData();
  body.append('file', new Blob([CSV]), 'x.csv');
  expect((await desk.ask('/resources/infer', 'POST', body, ['base.bulk.management.list'])).status).toBe(403);
  for (const name of ['tables', 'drift', 'infer']) {
    const refused = await desk.put({ fields: [{ name: 'k' }], primaryKey: 'k', openbulk: { name } });
    expect([refused.status, refused.text]).toMatchObject([409, expect.stringContaining('is a word of the API')]);
  }
});
