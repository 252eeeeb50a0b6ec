import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { temporaryFolder } from './command.ts';
import { runHere, type Said } from './in-process.ts';

const SHOP = join(import.meta.dirname, '../../examples/shop/resources');
const DATA = join(import.meta.dirname, '../support/data');

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await folder.remove();
  await database.drop();
});

const resources = (...args: string[]): Promise<Said> =>
  runHere(['resources', ...args], { DATABASE_URL: database.url, OPENBULK_DATA: folder.path });

/** The hash that a plan names. */
const hashOf = (plan: Said) => /resources apply ([0-9a-f]+)/.exec(plan.stdout)?.[1] as string;

test('a folder of declarations is planned, applied, listed, shown and removed', async () => {
  const plan = await resources('plan', SHOP);
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toMatch(/customers\.yaml: customers, new\ncreate table openbulk_records\.customers \(/);
  expect(plan.stdout).toContain('products, new');
  expect((await resources('list')).stdout).not.toContain('customers');

  const applied = await resources('apply', hashOf(plan), SHOP);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  expect(await resources('apply', hashOf(plan), SHOP)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/customers, unchanged\n+.*products, unchanged/),
  });
  expect((await resources('plan', SHOP)).stdout).toContain('customers, unchanged');
  const listed = JSON.parse((await resources('list', '--json')).stdout);
  expect(listed).toMatchObject([
    { name: 'customers', version: 1, table: 'openbulk_records.customers' },
    { name: 'products', version: 1, table: 'openbulk_records.products' },
  ]);
  expect(JSON.parse((await resources('show', 'customers')).stdout)).toMatchObject({ primaryKey: ['email'] });
  expect(await resources('remove', 'products')).toMatchObject({
    code: 0,
    stderr: 'The resource products is removed.\n',
  });
  for (const words of [
    ['show', 'products'],
    ['remove', 'products'],
  ]) {
    expect(await resources(...words)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('not declared'),
    });
  }
});

test('a plan that is no longer the one that was seen is not applied', async () => {
  const place = join(folder.path, 'changing');
  await mkdir(place);
  const write = (fields: object[]) =>
    writeFile(join(place, 'things.json'), JSON.stringify({ fields: [{ name: 'k' }, ...fields], primaryKey: 'k' }));
  await write([]);
  const plan = await resources('plan', place);
  await write([{ name: 'a' }]);
  const refused = await resources('apply', hashOf(plan), place);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('The plan has changed since it was made');
  expect((await resources('list')).stdout).not.toContain('things');
});

test('a plan that removes values says how to allow that, and is not applied without', async () => {
  const place = join(folder.path, 'losing.json');
  const write = (...fields: object[]) =>
    writeFile(place, JSON.stringify({ fields: [{ name: 'k' }, ...fields], primaryKey: 'k' }));
  await write({ name: 'a' });
  await resources('apply', hashOf(await resources('plan', place)), place);
  await database.pool.query(
    `insert into openbulk_records.losing (id, organization_id, key, k, a)
     select gen_random_uuid(), id, 'x', 'x', '1' from organizations limit 1`,
  );
  await write();
  const plan = await resources('plan', place);
  expect(plan.stdout).toContain('-- removes the values of a (records that have one: 1)');
  expect(plan.stdout).toContain('-- It removes values: to allow that, add --allow-loss.');
  const refused = await resources('apply', hashOf(plan), place);
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('Allow the loss (--allow-loss')]);
  expect((await resources('apply', hashOf(plan), place, '--allow-loss')).code).toBe(0);
  expect((await resources('plan', place)).stdout).not.toContain('To apply this');
});

test('one broken declaration does not keep the others from being applied', async () => {
  const place = join(folder.path, 'mixed');
  await mkdir(place);
  await writeFile(join(place, 'bad.json'), '{"fields": [{"name": "a", "type": "strng"}], "primaryKey": "a"}');
  await writeFile(join(place, 'good.yaml'), 'fields: [{name: k}]\nprimaryKey: k\n');
  const plan = await resources('plan', place);
  expect(plan.code).toBe(2);
  expect(plan.stdout).toMatch(/bad\.json: The declaration is not valid\.\n.*fields\/0\/type.*Did you mean string\?/);
  const applied = await resources('apply', hashOf(plan), place);
  expect(applied.code).toBe(1);
  expect(applied.stdout).toContain('good.yaml: good, new');
  expect((await resources('list')).stdout).toContain('good');
});

test('a file that cannot be read does not either, and two of one resource are told of each other', async () => {
  const place = join(folder.path, 'broken');
  await mkdir(join(place, 'sub.json'), { recursive: true });
  await symlink(join(place, 'nowhere'), join(place, 'link.yaml'));
  await writeFile(join(place, 'latin.yaml'), Buffer.from('title: Caf\u00e9\n', 'latin1'));
  const declared = (name: string) => JSON.stringify({ fields: [{ name: 'k' }], primaryKey: 'k', openbulk: { name } });
  for (const [file, name] of Object.entries({ 'a.json': 'twice', 'b.json': 'twice', 'c.json': 'unbroken' }))
    await writeFile(join(place, file), declared(name));
  const plan = await resources('plan', place, join(place, 'c.json'));
  const told = (name: string, what: string) => expect(plan.stdout).toContain(`-- ${join(place, name)}: ${what}`);
  expect(plan).toMatchObject({ code: 2, stderr: '' });
  told('sub.json', 'It is a folder.');
  told('link.yaml', 'It is a link to a file that does not exist.');
  told('latin.yaml', 'It is not UTF-8. Save it in that encoding.');
  told('a.json', `It declares the resource twice, and so does ${join(place, 'b.json')}.`);
  told('b.json', `It declares the resource twice, and so does ${join(place, 'a.json')}.`);
  const applied = await resources('apply', hashOf(plan), place);
  expect(applied).toMatchObject({ code: 1, stdout: expect.stringContaining('c.json: unbroken, new') });
  const { stdout } = await resources('list');
  expect([stdout.includes('unbroken'), stdout.includes('twice')]).toEqual([true, false]);
  expect((await resources('plan', join(place, 'link.yaml'))).stdout).toContain('a link to a file that does not exist');
});

test('resources of one organization are its own', async () => {
  await runHere(['org', 'create', 'acme'], { DATABASE_URL: database.url, OPENBULK_DATA: folder.path });
  const place = join(folder.path, 'own.json');
  await writeFile(place, '{"fields": [{"name": "k", "required": true}], "primaryKey": "k"}');
  const plan = await resources('plan', place, '--org', 'acme');
  expect(plan.stdout).toContain('--org acme');
  expect(plan.stdout).toContain('-- warning: declaration/fields/0/required: The member "required" has no effect.');
  expect((await resources('apply', hashOf(plan), place, '--org', 'acme')).code).toBe(0);
  expect((await resources('list', '--org', 'acme')).stdout).toContain('own');
  const all = await resources('list');
  expect(all.stdout).not.toContain('own');
  expect(all.stderr).toBe('Not listed are resources of single organizations: acme (1). Name one with --org.\n');
  const everyones = await resources('plan', place);
  expect(everyones.stdout).toContain('An organization has a resource named own.');
});

test('what is missing is named', async () => {
  expect(await resources('plan', join(folder.path, 'nowhere'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('does not exist. Name a file or folder with declarations'),
  });
  const empty = join(folder.path, 'empty');
  await mkdir(empty);
  expect(await resources('plan', empty)).toMatchObject({ code: 2, stderr: expect.stringContaining('no declarations') });
});

test('a declaration is made of a file, and can be planned as it is', async () => {
  const { code, stdout, stderr } = await resources('infer', join(DATA, 'users.csv'), '--name', 'people');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ primaryKey: expect.any(String), openbulk: { name: 'people' } });
  const fields = JSON.parse(stdout).fields as { name: string }[];
  expect(fields.find(({ name }) => name === 'Start Date')).toMatchObject({ type: 'date' });
  expect(fields.find(({ name }) => name === 'Activated')).toMatchObject({ type: 'boolean' });
  expect(fields.find(({ name }) => name === 'Gravatar')).toMatchObject({ type: 'string', format: 'email' });
  const file = join(folder.path, 'people.json');
  await writeFile(file, stdout);
  expect(await resources('plan', file)).toMatchObject({ code: 0, stdout: expect.stringContaining('people, new') });

  const assets = await resources('infer', join(DATA, 'assets.csv'));
  expect(JSON.parse(assets.stdout).openbulk).toEqual({ name: 'assets' });
  expect(stderr + assets.stderr).toMatch(/^(?:.+\n)*$/);
});

test('what a person should know of a file is said: lines that cannot be read, and a name that cannot be', async () => {
  const file = join(folder.path, 'ragged.csv');
  await writeFile(file, ['id,n', '1,2', '3', ...Array.from({ length: 6 }, (_, at) => `${at},1,1`)].join('\n'));
  const { code, stderr } = await resources('infer', file);
  expect(code).toBe(0);
  expect(stderr).toContain('Line 3 is left out. The header has 2 cells, this row has 1 cell:');
  expect(stderr).toContain('Line 7 is left out.');
  expect(stderr).toContain('Lines with errors that are left out as well: 2.');
  expect(await resources('infer', file, '--name', 'Bad Name')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Use lowercase letters, digits and single hyphens'),
  });
});

test('a file that is no table is refused', async () => {
  const file = join(folder.path, 'picture.csv');
  await writeFile(file, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]));
  expect(await resources('infer', file)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(file) });
  expect(await resources('infer', join(folder.path, 'nothing.csv'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('does not exist'),
  });
});

test('files are applied in the order in which they refer to each other', async () => {
  const path = join(folder.path, 'referring');
  await mkdir(path);
  const declare = (name: string, other?: string) =>
    writeFile(
      join(path, `${name}.json`),
      JSON.stringify({
        fields: [{ name: 'k' }, { name: 'other' }],
        primaryKey: 'k',
        ...(other && { foreignKeys: [{ fields: ['other'], reference: { resource: other, fields: ['k'] } }] }),
      }),
    );
  await declare('a-last', 'b-middle');
  await declare('b-middle', 'c-first');
  await declare('c-first', 'c-first');
  const plan = await resources('plan', path);
  expect(plan.code, plan.stdout).toBe(0);
  expect([...plan.stdout.matchAll(/\.json: (\S+), new/g)].map(([, name]) => name)).toEqual([
    'c-first',
    'b-middle',
    'a-last',
  ]);
  const applied = await resources('apply', hashOf(plan), path);
  expect(applied.code, applied.stdout).toBe(0);
  expect((await resources('plan', path)).stdout).toMatch(/unchanged[\s\S]*unchanged[\s\S]*unchanged/);
  await declare('x', 'y');
  await declare('y', 'x');
  const circle = await resources('plan', path);
  expect(circle).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('declare one without its foreign key first'),
  });
});

test('a table that exists is adopted, and differs once it is changed', async () => {
  await database.pool.query('create schema erp');
  await database.pool.query('create table erp.prices (code text primary key, price numeric(8, 2), at date)');
  const adopted = await resources('adopt', 'erp.prices', '--name', 'list-prices');
  expect(adopted).toMatchObject({ code: 0, stderr: '' });
  const file = join(folder.path, 'prices.json');
  await writeFile(file, adopted.stdout);
  await runHere(['org', 'create', 'shop'], { DATABASE_URL: database.url, OPENBULK_DATA: folder.path });
  const everyone = await resources('plan', file);
  expect(everyone).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('Every organization would have all records'),
  });
  const plan = await resources('plan', file, '--org', 'shop');
  expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('list-prices, new') });
  expect((await resources('apply', hashOf(plan), file, '--org', 'shop')).code).toBe(0);
  expect(await resources('drift', '--org', 'shop')).toMatchObject({
    code: 0,
    stdout: 'list-prices (erp.prices): ok\n',
  });
  await database.pool.query('alter table erp.prices drop column at');
  expect(await resources('drift', '--org', 'shop')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/list-prices \(erp\.prices\): differs\n {2}erp\.prices has no column at/),
  });
  expect(await resources('adopt', 'erp.nothing')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no table'),
  });
  expect(await resources('adopt', 'tasks')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('belongs to OpenBulk'),
  });
});
