import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCsv } from '../../readers/csv/csv.ts';
import { describeCsv } from '../../readers/csv/describe-csv.ts';
import type { Row } from '../../readers/reader.ts';
import { compileResource } from '../../resources/compile.ts';
import { parseDeclaration } from '../../resources/declaration/parse.ts';
import type { Resource } from '../../resources/resource.ts';
import type { LineError } from '../../task/line-reasons.ts';
import type { ImportConfig } from '../../task/task.ts';
import { bindColumns } from './bind-columns.ts';
import { type CheckedRow, compileCheck, isLineError } from './check.ts';

function declared(source: unknown, file = 'things.json'): Resource {
  const parsed = parseDeclaration(source, file);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return compileResource(parsed.declaration);
}

type Result = { readonly key: string; readonly values: Record<string, string | null> } | LineError;

/** What the checks make of a file's lines, as an import reads it. */
async function checked(
  resource: Resource,
  bytes: Buffer,
  config: ImportConfig = { override: true },
): Promise<Result[]> {
  const source = {
    size: bytes.length,
    async *open(offset = 0) {
      yield bytes.subarray(offset);
    },
  };
  const format = await describeCsv(source, {});
  const check = compileCheck(resource, config, bindColumns(resource, config, format.header));
  const results: Result[] = [];
  const reader = readCsv(source, format, format.body, (row: Row) => {
    const result: CheckedRow | LineError = check.run(row);
    const named = (values: readonly (string | null)[]) =>
      Object.fromEntries(check.columns.map((column, index) => [column, values[index] ?? null]));
    results.push(isLineError(result) ? result : { key: result.key, values: named(result.values) });
    return row.line;
  });
  await reader.read({ rows: 1_000, bytes: 1_000_000 });
  await reader.close();
  return results;
}

const data = (folder: string) => (file: string) => readFileSync(join(import.meta.dirname, folder, file));

test('the valid file of a declared resource is read, and each fault of the invalid one is told by its column', async () => {
  const read = data('../../../test/support/data/declared');
  const resource = declared(read('bike-stands.schema.json').toString(), 'bike-stands.schema.json');
  expect(resource.name).toBe('bike-stands');
  expect(await checked(resource, read('bike-stands-valid.csv'))).toEqual([
    {
      key: '28001-B-001',
      values: {
        ...{ id_: '28001-B-001', street: 'Calle Mayor 1', covered: 't', places: '12', kind: 'arch', fee: '1.5' },
        ...{
          opened: '2026-01-31',
          '"where"': '-3.70379, 40.41678',
          services: '{"pump","tools"}',
          site: 'https://example.com/1',
        },
      },
    },
    {
      key: '28001-B-002',
      values: {
        ...{ id_: '28001-B-002', street: 'Gran Vía 2', covered: 'f', places: '1', kind: 'locker', fee: null },
        ...{ opened: null, '"where"': '-3.7, 40.4', services: null, site: null },
      },
    },
  ]);
  const [good, bad] = await checked(resource, read('bike-stands-invalid.csv'));
  expect(good).toMatchObject({ key: '28001-B-003' });
  expect(bad).toEqual({
    code: 'invalid_value',
    column: 'id',
    reason: [
      String.raw`id must be text of the pattern ^\d{5}-B-\d{3}$; found "B-004".`,
      'street is required; found "".',
      'covered must be one of sí, no; found "yes".',
      'places must be a whole number from 1 to 500; found "0".',
      'kind must be one of arch, wheel, locker; found "bench".',
      'Also wrong: fee, opened, where, site.',
    ].join(' '),
  });
});

/** A real national schema with its own examples: an extra test where it lies beside the repository; bike-stands is of the same kind. */
const STATIONNEMENT = '../../../../shared/data/schemas/stationnement';

if (existsSync(join(import.meta.dirname, STATIONNEMENT)))
  test('the schema of France’s car parks is read as it is: its valid example passes, the faults of the invalid one are told', async () => {
    const read = data(STATIONNEMENT);
    const resource = declared(read('schema.json').toString(), 'stationnement.json');
    const valid = await checked(resource, read('exemple-valide.csv'));
    expect(valid.map((result) => ('key' in result ? result.key : result.reason))).toEqual([
      '75114-P-001',
      '75114-P-002',
    ]);
    const [bad] = await checked(resource, read('exemple-invalide.csv'));
    expect(bad).toMatchObject({ code: 'invalid_value', column: 'id' });
    const { reason } = bad as LineError;
    expect(reason.match(/\w+(?= must be)/g)).toEqual(['id', 'tarif_pmr']);
  });

const COMPOSITE = { fields: [{ name: 'a' }, { name: 'b', type: 'integer' }, { name: 'c' }], primaryKey: ['a', 'b'] };

test('a key of several columns is told from every other', async () => {
  const rows = ['a,b', 'x,1', '"x"",""1",1', '"x"",""1"",""1",1', 'x,01', '" x ",1'].join('\n');
  const keys = (await checked(declared(COMPOSITE), Buffer.from(rows))).map((result) => (result as { key: string }).key);
  expect(keys).toEqual(['["x","1"]', '["x\\",\\"1","1"]', '["x\\",\\"1\\",\\"1","1"]', '["x","1"]', '["x","1"]']);
});

test('every part of such a key is needed, in the file and in each line', async () => {
  const resource = declared(COMPOSITE);
  await expect(checked(resource, Buffer.from('a\nx'))).rejects.toThrow('The file lacks the required column b.');
  expect(await checked(resource, Buffer.from('a,b\nx,\n\u200b,1'))).toMatchObject([
    { code: 'required', column: 'b' },
    { code: 'required', column: 'a' },
  ]);
});

test('a key that no index could hold is an error of its line', async () => {
  const resource = declared({
    ...COMPOSITE,
    fields: [{ name: 'a', constraints: { maxLength: 1_000 } }, ...COMPOSITE.fields.slice(1)],
  });
  const [long, short] = await checked(resource, Buffer.from(`a,b\n${'日'.repeat(1_000)},1\n${'a'.repeat(1_000)},1`));
  expect(long).toMatchObject({
    code: 'too_long',
    column: 'a',
    reason: 'The key (a, b) has 3008 bytes; the limit is 2600.',
  });
  expect(short).toHaveProperty('key');
});

test('what is done to a key is what the declaration says', async () => {
  const keysOf = async (normalise: string[]) => {
    const resource = declared({ fields: [{ name: 'a' }], primaryKey: 'a', openbulk: { key: { normalise } } });
    const results = await checked(resource, Buffer.from('a\nÉ\nE\u0301\né\ne\u200b'));
    return results.map((result) => (result as { key: string }).key);
  };
  expect(await keysOf(['trim', 'nfc', 'lowerCase'])).toEqual(['é', 'é', 'é', 'e']);
  expect(await keysOf(['trim', 'nfc'])).toEqual(['É', 'É', 'é', 'e']);
  expect(await keysOf(['lowerCase'])).toEqual(['é', 'e\u0301', 'é', 'e\u200b']);
  expect(await keysOf([])).toEqual(['É', 'E\u0301', 'é', 'e\u200b']);
});

test('missing values are those of the field, else of the schema, and those of the import', async () => {
  const resource = declared({
    fields: [
      { name: 'a' },
      { name: 'b', type: 'integer' },
      { name: 'c', type: 'integer', missingValues: [{ value: '-1', label: 'unknown' }] },
    ],
    missingValues: ['', 'n/a'],
    primaryKey: 'a',
  });
  const config = { override: true, missingValues: ['?'] };
  expect(await checked(resource, Buffer.from('a,b,c\n1,n/a,-1\n2,?,?\n3,-1,n/a'), config)).toMatchObject([
    { values: { b: null, c: null } },
    { values: { b: null, c: null } },
    { column: 'c', code: 'invalid_value' },
  ]);
});

test('a cell that has the value of a missing value is missing, however it is written', async () => {
  const fields = [
    { name: 'a' },
    { name: 'n', type: 'number', missingValues: ['0', '-999'] },
    { name: 'o', type: 'object', missingValues: ['{}'] },
    { name: 'd', type: 'date', format: '%d/%m/%Y', missingValues: ['01/01/1900'] },
    { name: 'b', type: 'boolean', missingValues: ['true'], constraints: { required: true } },
  ];
  const resource = declared({ fields, primaryKey: 'a' });
  const rows = ['a,n,o,d,b', '1,0.0,{ },1/1/1900,1', '2,-9.99e2,{},01/01/1900,0', '3,1,"{""x"":1}",2/1/1900,true'];
  expect(await checked(resource, Buffer.from(rows.join('\n')))).toMatchObject([
    { values: { n: null, o: null, d: null, b: 't' } },
    { values: { n: null, o: null, d: null, b: 'f' } },
    { column: 'b', code: 'required' },
  ]);
  // An export writes none of the words that are missing.
  expect(resource.columns.find(({ name }) => name === 'b')?.type.spell?.('true')).toBe('True');
  const config = { override: true, formats: { n: '1.234,56' }, missingValues: ['1,0'] };
  expect(await checked(resource, Buffer.from('a;n;b\n1;1;1\n2;0,00;1\n3;2,5;1'), config)).toMatchObject([
    { values: { n: null } },
    { values: { n: null } },
    { values: { n: '2.5' } },
  ]);
});

test('of a value that is well written and beyond a bound, the bound is told, and nothing of formats', async () => {
  const fields = [
    { name: 'a' },
    { name: 'n', type: 'number', constraints: { minimum: 0 } },
    { name: 'p', type: 'number', openbulk: { precision: 3, scale: 1 } },
    { name: 'd', type: 'date', constraints: { minimum: '2026-01-01' } },
  ];
  const resource = declared({ fields, primaryKey: 'a' });
  const reasons = async (cells: string, config?: ImportConfig) =>
    (await checked(resource, Buffer.from(`a;n;p;d\n1;${cells}`), config)).map((result) => (result as LineError).reason);
  const NUMBER = 'a number such as 1299.50';
  expect(await reasons('-5;;')).toEqual([`n must be ${NUMBER}, without a currency sign, at least 0; found "-5".`]);
  expect(await reasons(';1234;')).toEqual([expect.not.stringContaining('format')]);
  expect(await reasons(';;2025-12-31')).toEqual([
    'd must be a date such as 2026-01-31, at least 2026-01-01; found "2025-12-31".',
  ]);
  // Of others it is told how to say how they are written.
  expect(await reasons('1,5;;')).toEqual([expect.stringContaining('(give a number format')]);
  expect(await reasons(';;31/12/2026')).toEqual([expect.stringContaining('(give a date format')]);
  const config = { override: true, formats: { n: '1.234,56' }, dateFormat: 'D/M/YYYY' };
  expect(await reasons('-1,5;;', config)).toEqual([expect.stringContaining('at least 0; found "-1,5"')]);
  expect(await reasons(';;31/12/2025', config)).toEqual([expect.stringContaining('at least 2026-01-01; found')]);
  expect(await reasons(';;soon', config)).toEqual([expect.stringContaining('in the given format D/M/YYYY')]);
});

test('an import may read a column in another format than the declared one, and a constant is read as its cells are', async () => {
  const fields = [
    { name: 'a' },
    { name: 'on', type: 'date', format: '%d/%m/%Y' },
    { name: 'n', type: 'number', decimalChar: ',' },
  ];
  const resource = declared({ fields, primaryKey: 'a' });
  expect(await checked(resource, Buffer.from('a,on,n\n1,03/02/2026,"1,5"'))).toMatchObject([
    { values: { '"on"': '2026-02-03', n: '1.5' } },
  ]);
  const config = { override: true, formats: { on: 'M/D/YYYY', n: '1,234.56' } };
  expect(await checked(resource, Buffer.from('a,on,n\n1,2/3/2026,"1,000.5"'), config)).toMatchObject([
    { values: { '"on"': '2026-02-03', n: '1000.5' } },
  ]);
});
