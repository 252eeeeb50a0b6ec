import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { items, openbulk, temporaryFolder } from './command.ts';
import { ITEMS, ownServers, SLOW } from './own-servers.ts';

/** `openbulk import` with a server of its own. */
const { start, run, file, query } = ownServers();

async function taskCount(): Promise<number> {
  const { rows } = await query('select count(*)::int as count from tasks');
  return rows[0].count;
}

describe('the end of an import', () => {
  test('a good file ends with exit code 0 and a report whose counts add up', async () => {
    const { code, stdout } = await run('import', await file('good.csv', items(1200)), ...ITEMS);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Task [0-9a-f]{24}: completed\nimport-inventory-items of good\.csv, /);
    expect(stdout).toMatch(
      /\n {2}inserted {8}1,200\n {2}updated {13}0\n {2}skipped {13}0\n {2}errored {13}0\n {2}lines in total {2}1,200\n$/,
    );
  });

  test('errored lines end with exit code 3, each named with its line and reason', async () => {
    const bad = `${items(20, 'B')},laptop,B21\nNo type,,B22\n`;
    const { code, stdout } = await run('import', await file('bad.csv', bad), ...ITEMS);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^ {2}line 22: .*basic\.name/m);
    expect(stdout).toMatch(/^ {2}line 23: .*basic\.type/m);
    const id = /^Task (\w+)/.exec(stdout)?.[1];
    expect(stdout).toContain(`With their values: openbulk tasks report ${id} --outcome errored\n`);
  });

  test('an action of a resource that nobody has declared ends with exit code 2 and how to declare it', async () => {
    const { code, stderr } = await run('import', await file('own.csv', 'a\n1\n'), '--action', 'import-bicycles');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /"import-bicycles" is not a valid action; use one of import-inventory-items, [^.]*\. If bicycles is a resource of your own, declare it first: "openbulk resources plan" and "openbulk resources apply"\.\n$/,
    );
  });

  test('a file that cannot be imported at all ends with exit code 1 and why', async () => {
    const { code, stdout } = await run('import', await file('empty.csv', ''), ...ITEMS);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Task \w+: failed: .*empty/);
  });

  test('a dry run says what would be and that nothing was written, with the exit code of the run', async () => {
    const name = await file('dry.csv', `${items(20, 'DRY')},laptop,DRY21\n`);
    const { code, stdout } = await run('import', name, ...ITEMS, '--dry-run');
    expect(code).toBe(3);
    expect(stdout).toContain('A dry run: nothing was written. The lines would have these outcomes:');
    expect(stdout).toMatch(/^ {2}inserted {8}20\n.*\n.*\n {2}errored {10}1$/m);
    const { rows } = await query(`select from inventory_items where key like '%DRY%'`);
    expect(rows).toHaveLength(0);
    expect((await run('import', name, ...ITEMS)).stdout).not.toContain('dry run');
  });

  test('--json prints the final task and nothing else on stdout', async () => {
    const name = await file('json.csv', `${items(30, 'J')},laptop,J31\n`);
    const { code, stdout } = await run('import', name, ...ITEMS, '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'completed',
      action: 'import-inventory-items',
      file: { originalName: 'json.csv' },
      report: { numItems: 31, numInserts: 30, numErrors: 1, erroredLines: [{ line: 32 }] },
    });
  });

  test('standard input is imported like a file, with mapping, constants and a date format', async () => {
    const csv = 'Asset Tag,Name,Bought\nT1,Kiosk,1/31/24\nT2,Beamer,12/1/23\n';
    const settings = [
      ['--map', 'identifiers.foreignId=Asset Tag'],
      ['--map', 'basic.name=Name'],
      ['--set', 'basic.type=gear'],
      ['--map', 'purchase.orderDate=Bought'],
      ['--date-format', 'M/D/YY'],
    ].flat();
    const { code, stdout } = await start(['import', '-', ...ITEMS, ...settings, '--json'], {}, csv).ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).report).toMatchObject({ numItems: 2, numInserts: 2 });
    const { rows } = await query(
      `select basic_name, basic_type, purchase_order_date from inventory_items where key like '%T1'`,
    );
    expect(rows).toEqual([{ basic_name: 'Kiosk', basic_type: 'gear', purchase_order_date: '2024-01-31' }]);
  });

  test('an organization that does not exist is an error of usage, and the server is ended', async () => {
    const { code, stdout, stderr } = await run('import', await file('o.csv', items(1)), ...ITEMS, '--org', 'nobody');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('No organization is named "nobody"');
  });
});

describe('an import that was interrupted', () => {
  const ROWS = 2_000;

  test('by kill -9 is gone on with by the same command, to the report that an undisturbed run gives', async () => {
    await run('org', 'create', 'calm');
    const name = await file('killed.csv', `${items(ROWS, 'K')},laptop,bad\n`);
    const calm = await run('import', name, ...ITEMS, '--org', 'calm', '--json');
    const before = await taskCount();

    const killed = start(['import', name, ...ITEMS], SLOW);
    await killed.says(/Importing: [1-9]/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const again = await run('import', name, ...ITEMS, '--json');
    expect(again.stderr).toMatch(
      /^Continuing task \w+, which has the same file and settings, after [1-9][\d,]* lines\./m,
    );
    expect(again.code).toBe(3);
    expect(JSON.parse(again.stdout).report).toEqual(JSON.parse(calm.stdout).report);
    expect(await taskCount()).toBe(before + 1);
  });

  test('once it is over, the same command makes a new task', async () => {
    const before = await taskCount();
    const { stdout, stderr } = await run('import', 'killed.csv', ...ITEMS, '--json');
    expect(stderr).not.toContain('Continuing task');
    expect(JSON.parse(stdout).report).toMatchObject({ numSkips: ROWS, numErrors: 1 });
    expect(await taskCount()).toBe(before + 1);
  });

  test('by Ctrl-C, which goes to the whole group, it is cancelled and says so, with exit code 1', async () => {
    const running = start(['import', await file('cancelled.csv', items(ROWS, 'C')), ...ITEMS, '--json'], SLOW);
    await running.says(/Importing: [1-9]/);
    running.signalGroup('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The task was cancelled after [\d,]+ lines\. Lines that were applied stay applied\.$/m);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: expect.stringContaining('Cancelled by') });
    expect(JSON.parse(stdout).report.numItems).toBeLessThan(ROWS);
  });
});

test('a newcomer without a database gets one, and nothing is left running', async () => {
  const home = await temporaryFolder();
  try {
    const env = { OPENBULK_DATA: join(home.path, 'data') };
    await writeFile(join(home.path, 'items.csv'), items(100));
    const imported = await openbulk(['import', 'items.csv', ...ITEMS], { cwd: home.path, env }).ended;
    expect(imported.code).toBe(0);
    const listed = await openbulk(['tasks', 'list'], { cwd: home.path, env }).ended;
    expect(listed.stdout).toMatch(
      /^ID +STATUS +ACTION +FILE +LINES +ERRORS +CREATED\n\w{24} +completed +import-inv\S+ +items\.csv +100 +0 /,
    );
    expect(processesOf(home.path)).toBe('');
  } finally {
    await home.remove();
  }
});

/** The processes that have the folder in their command line, as PostgreSQL has. */
function processesOf(path: string): string {
  try {
    return execFileSync('pgrep', ['-f', path], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
