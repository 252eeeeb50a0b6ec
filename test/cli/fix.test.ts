import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvLines } from '../../src/files/csv-lines.ts';
import { cellOf } from '../../src/readers/csv/cell-text.ts';
import { anyNames } from '../support/data/any-text.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endCommands, freePort, openbulk, temporaryFolder } from './command.ts';
import { runHere, type Said } from './in-process.ts';

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let url: string;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
  const port = await freePort();
  const env = { DATABASE_URL: database.url, OPENBULK_DATA: folder.path, PORT: String(port), OPENBULK_WORKERS: '1' };
  await openbulk(['serve'], { cwd: folder.path, env }).says('"ready"');
  url = `http://127.0.0.1:${port}`;
  token = (await runHere(['token'], env)).stdout.trim();
});
afterAll(async () => {
  await endCommands();
  await folder.remove();
  await database.drop();
});

/** Runs a command that talks to the server, from the folder with the files. */
function run(...args: string[]): Promise<Said> {
  const paths = args.map((arg) => (arg.endsWith('.csv') ? join(folder.path, arg) : arg));
  return runHere(paths, { OPENBULK_SERVER: url, OPENBULK_TOKEN: token });
}

test('what a dry run has checked is imported with its corrections, and a run cannot be run', async () => {
  await writeFile(
    join(folder.path, 'check.csv'),
    csvLines([
      ['email', 'name'],
      ['', 'Ada'],
      ['ben@example.com', 'Ben'],
      ['no', 'Cy'],
    ]),
  );
  const checked = await run('import', 'check.csv', '--action', 'import-mdm-users', '--dry-run');
  const id = /^Task (\w+)/.exec(checked.stdout)?.[1] ?? '';
  expect([checked.code, checked.stdout]).toEqual([3, expect.stringContaining(`openbulk tasks run ${id}`)]);
  await run('tasks', 'report', id, '-o', 'checked.csv');
  const report = await readFile(join(folder.path, 'checked.csv'), 'utf8');
  await writeFile(join(folder.path, 'mended.csv'), report.replace(',Ada', 'ada@example.com,Ada'));
  expect((await run('tasks', 'fix', id, 'mended.csv')).code).toBe(3);
  const imported = await run('tasks', 'run', id, '--json');
  expect(imported.code).toBe(3);
  const task = JSON.parse(imported.stdout);
  expect(task).toMatchObject({ report: { numInserts: 2, numErrors: 1, erroredLines: [{ line: 4 }] } });
  const { rows } = await database.pool.query('select name from mdm_users order by name');
  expect(rows).toEqual([{ name: 'Ada' }, { name: 'Ben' }]);
  const again = await run('tasks', 'run', task.id);
  expect([again.code, again.stdout, again.stderr]).toEqual([1, '', expect.stringContaining('Only a dry run')]);
}, 120_000);

test('a report that was corrected goes back to its task, and imported instead it says so and stores no marks', async () => {
  const rows = anyNames.map((name, index) => [cellOf(name), '', `F${100 + index}`]);
  await writeFile(
    join(folder.path, 'odd.csv'),
    csvLines([['- Label', 'basic.type', 'identifiers.serialNumber'], ...rows]),
  );
  const imported = await run('import', 'odd.csv', '--action', 'import-inventory-items', '--map', 'basic.name=- Label');
  expect(imported.code).toBe(3);
  const id = /^Task (\w+)/.exec(imported.stdout)?.[1] ?? '';
  expect(imported.stdout).toContain(`openbulk tasks fix ${id} FILE`);

  expect((await run('tasks', 'report', id, '--excel', '-o', 'report.csv')).code).toBe(0);
  const report = parse((await run('tasks', 'report', id)).stdout) as string[][];
  const [head = [], ...lines] = report;
  const mended = lines.map(([name = '', , ...rest]) => [name, 'laptop', ...rest]).reverse();
  await writeFile(join(folder.path, 'mended.csv'), csvLines([head, ...mended]));
  const fixed = await run('tasks', 'fix', id, 'mended.csv', '--json');
  expect(fixed.code).toBe(0);
  expect(JSON.parse(fixed.stdout)).toMatchObject({
    parentId: id,
    report: { numInserts: anyNames.length, numErrors: 0 },
  });

  const stored = async () => {
    const found = await database.pool.query('select basic_name as name from inventory_items order by key');
    return found.rows.map(({ name }) => name);
  };
  expect(await stored()).toEqual(anyNames);

  const twice = await run('tasks', 'fix', id, 'mended.csv');
  expect([twice.code, twice.stdout]).toEqual([2, '']);
  expect(twice.stderr).toMatch(/line 2, which task \w{24} has already corrected/);

  const anew = await run(
    ...['import', 'mended.csv', '--action', 'import-inventory-items', '--map', 'basic.name=- Label', '--override'],
  );
  expect(anew.stdout + anew.stderr).toContain('is an OpenBulk report');
  expect(await stored()).toEqual(anyNames);
}, 120_000);
