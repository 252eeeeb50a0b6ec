import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, endCommands, freePort, openbulk, PROGRAM, temporaryFolder } from './command.ts';
import { runHere } from './in-process.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterEach(endCommands);
afterAll(() => folder.remove());

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return openbulk(args, { cwd: folder.path, env: { OPENBULK_DATA: folder.path, ...env } }).ended;
}

const IMPORT = ['import', import.meta.filename, '--action', 'import-inventory-items'];

describe('what is asked for goes to stdout, with exit code 0', () => {
  test.each([
    { args: ['--help'], says: 'Exit codes:' },
    { args: ['help', 'import'], says: '--date-format' },
    { args: ['import', '--help'], says: 'Ctrl-C cancels' },
    { args: ['tasks', 'report', '--help'], says: '--outcome' },
    {
      args: ['permissions'],
      says: /^base\.bulk\.management\.create\n {2}Submit tasks\n( {2}POST .*\n)* {2}POST {3}\/v1\/organizations\/\{organizationId\}\/bulk-tasks$/m,
    },
  ])('$args', async ({ args, says }) => {
    const { code, stdout, stderr } = await runHere(args, { OPENBULK_DATA: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(says);
  });
});

test('the program prints its version', async () => {
  expect(await run(['--version'])).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test.skipIf(!existsSync('/dev/full'))(
  'output that a full disk does not take is one sentence, with exit code 1',
  async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [PROGRAM, 'permissions'], { stdio: ['ignore', full, 'pipe'] });
    const [stderr, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'close')]);
    closeSync(full);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: The output could not be written: the disk is full.\n',
    });
  },
);

test('a misspelt setting is warned of, and what Kubernetes sets for a service is none', async () => {
  const { code, stderr } = await run(['--version'], {
    OPENBULK_WORKRES: '2',
    OPENBULK_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
  });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'warning: OPENBULK_WORKRES is not a setting; see docs/operating.md\n',
  });
});

describe('a wrong call is told on stderr what is wrong, with exit code 2', () => {
  test.each([
    { args: [], says: 'Usage: openbulk' },
    { args: ['nope'], says: "unknown command 'nope'" },
    { args: ['nope', '--help'], says: "unknown command 'nope'" },
    { args: ['impor'], says: 'Did you mean import?' },
    { args: ['tasks', 'list', '--bogus'], says: "unknown option '--bogus'" },
    { args: ['tasks', 'show', 'zz'], says: 'A task id is 24 hex digits' },
    { args: ['token', '--ttl', '5 hours'], says: '90s, 15m, 1h or 7d' },
    { args: ['token', '--permissions', 'everything'], says: 'base.bulk.management.get' },
    { args: ['import', 'a.csv'], says: "'--action <action>' not specified" },
    {
      args: ['import', 'a.csv', '--action', 'import-inventory-items'],
      says: 'Could not read a.csv: the file does not exist',
    },
    { args: ['import', '.', '--action', 'import-inventory-items'], says: 'it is a directory' },
    {
      args: ['import', 'a.csv', '--action', 'horses'],
      says: 'use one of import-inventory-items, import-mdm-users',
    },
    { args: [...IMPORT, '--map', 'basic.name'], says: 'Use the form target=value' },
    { args: [...IMPORT, '--map', 'basic.name=A', '--map', 'basic.name=B'], says: 'basic.name is given more than once' },
    { args: [...IMPORT, '--map', 'basic.colour=Colour'], says: 'has no column "basic.colour"' },
    { args: [...IMPORT, '--date-format', 'soon'], says: 'is not a date format' },
    { args: [...IMPORT, '--server', 'http://127.0.0.1:1'], says: 'A token for http://127.0.0.1:1 is missing' },
    { args: [...IMPORT, '--token', 'x'], says: 'without a server: pass --server or set OPENBULK_SERVER' },
    { args: [...IMPORT, '--server', 'ftp://example.com', '--token', 'x'], says: 'must be an http or https URL' },
  ])('$args', async ({ args, says }) => {
    const { code, stdout, stderr } = await runHere(args, { OPENBULK_DATA: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('a setting that is not valid', async () => {
    const { code, stdout, stderr } = await run(['serve'], { PORT: 'eighty' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('PORT must be a whole number from 0 to 65535; it is "eighty"');
  });
});

describe('a server that cannot be had', () => {
  test('is tried for some seconds, then told of in one line, with exit code 1', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await run([...IMPORT, '--server', url, '--token', 'x']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Could not connect to the server at ${url}: connection refused. Trying again in`);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      `error: Could not connect to the server at ${url}: connection refused.`,
    );
  });

  test('a database that cannot be reached is told of without a stack, and with one where it is asked for', async () => {
    const DATABASE_URL = `postgres://nobody@127.0.0.1:${await freePort()}/nothing`;
    const quiet = await run(['org', 'list'], { DATABASE_URL });
    expect({ code: quiet.code, stdout: quiet.stdout }).toEqual({ code: 1, stdout: '' });
    expect(quiet.stderr).toMatch(/^error: Could not connect to the database \(.*\)\. Check DATABASE_URL.*\n$/);
    const loud = await run(['org', 'list'], { DATABASE_URL, OPENBULK_LOG: 'debug' });
    expect(loud.stderr).toMatch(/^\s+at /m);
  });
});
