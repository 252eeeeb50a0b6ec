import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { items, temporaryFolder } from '../../../test/cli/command.ts';
import { type RunningProgram, startProgram } from './support/program.ts';

/** The README's example, as somebody else's program: with the package as it is published. */
const PACKAGE = join(import.meta.dirname, '..');
const MODULES = join(PACKAGE, '../../node_modules');
const TSC = join(MODULES, 'typescript/bin/tsc');
let program: RunningProgram;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  program = await startProgram();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await folder.remove();
  await program.close();
});

/** Runs a program of Node in the folder. @returns its stdout */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const all = { cwd: folder.path, env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(process.execPath, args, all).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
  return stdout;
}

test('the example of the README is typed, runs, and does what it says', async () => {
  const installed = join(folder.path, 'node_modules/@openbulk/client');
  await mkdir(installed, { recursive: true });
  await run([TSC, '-p', join(PACKAGE, 'tsconfig.build.json'), '--outDir', join(installed, 'dist')]);
  await cp(join(PACKAGE, 'package.json'), join(installed, 'package.json'));
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder.path, 'example.ts'), /```ts\n(.*?)```/s.exec(readme)?.[1] as string);
  const types = ['--types', 'node', '--typeRoots', join(MODULES, '@types')];
  await run([TSC, 'example.ts', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', ...types]);

  await writeFile(join(folder.path, 'items.csv'), `${items(1_000)},laptop,bad\n`);
  const made = await program.run('client', 'create', '--name', 'example', '--json');
  const { clientId, clientSecret } = JSON.parse(made);
  const env = { OPENBULK_URL: program.url, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret };
  const said = (await run(['example.ts'], env)).trim().split('\n');
  expect(said[0]).toMatch(/^sent (\d+) of \d+ bytes$/);
  expect(said.at(-2)).toBe('completed, 1001 lines');
  expect(said.at(-1)).toBe('completed: 1000 inserted, 1 errored');
  expect(await readFile(join(folder.path, 'errors.csv'), 'utf8')).toContain(',laptop,bad,1002,required');
});
