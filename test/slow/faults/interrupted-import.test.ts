import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromHex24 } from '../../../src/task/ids.ts';
import { items, openbulk, temporaryFolder } from '../../cli/command.ts';
import { ITEMS, ownServers, SLOW } from '../../cli/own-servers.ts';

/** `openbulk import` with a server of its own, when it is killed or told to end. */
const { start, run, file, query } = ownServers();

const ROWS = 2_000;

test('a killed import is not gone on with by a dry run of the same file, nor the other way round', async () => {
  const name = await file('both.csv', items(ROWS, 'BOTH'));
  const commands = [
    ['import', name, ...ITEMS],
    ['import', name, ...ITEMS, '--dry-run'],
  ] as const;
  const taskOfKilled = async (args: readonly string[], says: RegExp) => {
    const command = start(args, SLOW);
    await command.says(says);
    command.child.kill('SIGKILL');
    return says.exec((await command.ended).stderr)?.[1] ?? '';
  };
  const made: string[] = [];
  for (const args of commands) made.push(await taskOfKilled(args, /^Task (\w{24}) was accepted/m));
  const goneOnWith: string[] = [];
  for (const args of commands) goneOnWith.push(await taskOfKilled(args, /^Continuing task (\w{24}), /m));
  expect(goneOnWith).toEqual(made);
  await query('delete from tasks where id = any($1)', [made.map(fromHex24)]);
});

test('an import that SIGTERM ends is left as it is; other settings, another file or --new do not go on with it', async () => {
  const name = await file('left.csv', items(ROWS, 'L'));
  const left = start(['import', name, ...ITEMS], SLOW);
  await left.says(/Importing: [1-9]/);
  left.child.kill('SIGTERM');
  const { code, stdout, stderr } = await left.ended;
  expect({ code, stdout }).toEqual({ code: 143, stdout: '' });
  const id = /Task (\w{24}) is interrupted\. To continue it: openbulk tasks watch \1/.exec(stderr)?.[1] ?? '';

  // Held, or the workers of the next commands would finish it meanwhile.
  expect(await run('tasks', 'pause', id)).toMatchObject({ code: 0, stdout: `Task ${id} is paused.\n` });
  await file('other.csv', items(ROWS, 'M'));
  for (const others of [['other.csv'], [name, '--override'], [name, '--set', 'basic.owner=me'], [name, '--new']]) {
    const other = await run('import', ...others, ...ITEMS, '--json');
    expect(JSON.parse(other.stdout).id).not.toBe(id);
    expect(other.stderr).not.toContain('Continuing task');
  }
  expect(await run('tasks', 'resume', id)).toMatchObject({ code: 0, stdout: `Task ${id} is resumed.\n` });
  const watched = await run('tasks', 'watch', id, '--json');
  expect(watched.code).toBe(0);
  expect(JSON.parse(watched.stdout)).toMatchObject({ id, report: { numItems: ROWS, numErrors: 0 } });
}, 120_000);

test('after kill -9, its workers and its database end by themselves', async () => {
  const home = await temporaryFolder();
  try {
    const env = { OPENBULK_DATA: join(home.path, 'data'), ...SLOW };
    await writeFile(join(home.path, 'items.csv'), items(2_000));
    const command = openbulk(['import', 'items.csv', ...ITEMS], { cwd: home.path, env });
    await command.says(/Importing: [1-9]/);
    command.child.kill('SIGKILL');
    // Its pipes are closed when the last of its workers has ended.
    await command.ended;
    await expect.poll(() => processesOf(home.path), { timeout: 10_000 }).toBe('');
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
