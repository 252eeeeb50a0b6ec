import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WORKER_FLAGS } from '../../src/boot/workers/limit-memory.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  type Command,
  type CommandOptions,
  type Ended,
  endCommands,
  freePort,
  items,
  openbulk,
  temporaryFolder,
} from './command.ts';
import { runHere, type Said } from './in-process.ts';
import { ITEMS, SLOW } from './own-servers.ts';

/** `openbulk serve` and `work`, and what talks to them. */
let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let port: number;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
  port = await freePort();
});
afterEach(endCommands);
afterAll(async () => {
  await folder.remove();
  await database.drop();
});

function local(args: readonly string[], env: Record<string, string> = {}, how: CommandOptions = {}): Command {
  const its = { DATABASE_URL: database.url, OPENBULK_DATA: folder.path, PORT: String(port), OPENBULK_WORKERS: '1' };
  return openbulk(args, { cwd: folder.path, env: { ...its, ...env }, ...how });
}

async function serve(env: Record<string, string> = {}): Promise<Command> {
  const server = local(['serve'], env);
  await server.says('"ready"');
  return server;
}

/** Commands that talk to the server; on their own they have neither database nor data. */
async function remote(): Promise<{
  /** Starts one. */
  command(...args: string[]): Command;
  /** Runs one that answers and ends, in this process. */
  answer(...args: string[]): Promise<Said>;
}> {
  const { stdout } = await runHere(['token'], {
    DATABASE_URL: database.url,
    OPENBULK_DATA: folder.path,
    PORT: `${port}`,
  });
  const env = { OPENBULK_SERVER: `http://127.0.0.1:${port}`, OPENBULK_TOKEN: stdout.trim() };
  return {
    command: (...args) => openbulk(args, { cwd: folder.path, env }),
    answer: (...args) => runHere(args, env),
  };
}

async function timed(command: Command, signal: NodeJS.Signals): Promise<Ended & { readonly took: number }> {
  const started = performance.now();
  command.child.kill(signal);
  return { ...(await command.ended), took: performance.now() - started };
}

describe('serve', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'ends by %s with exit code 0 within 10 s, nothing on stdout',
    async (signal) => {
      const server = await serve();
      const { code, stdout, stderr, took } = await timed(server, signal);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(took).toBeLessThan(10_000);
      expect(stderr).toContain(`"url":"http://127.0.0.1:${port}","getToken":"openbulk token --org demo"`);
    },
  );

  test('ends with the shell through which npm has started it', async () => {
    const server = local(['serve'], {}, { npm: true });
    await server.says('"ready"');
    server.child.kill('SIGTERM');
    // Told when all that has its output is gone.
    expect((await server.ended).stderr).toContain('"msg":"stopped"');
  });

  test('does not wait for a client that holds its connection, and a second signal leaves at once', async () => {
    const server = await serve();
    const silent = connect(port, '127.0.0.1').on('error', () => {});
    await once(silent, 'connect');
    silent.write('GET / HTTP/1.1\r\n');
    const held = await timed(server, 'SIGTERM');
    expect(held.code).toBe(0);
    expect(held.took).toBeLessThan(6_000);

    const again = await serve();
    const open = connect(port, '127.0.0.1').on('error', () => {});
    await once(open, 'connect');
    open.write('GET / HTTP/1.1\r\n');
    const first = timed(again, 'SIGTERM');
    await again.says('"stopping"');
    // One that comes sooner is taken for npm's copy of the first.
    await sleep(400);
    again.child.kill('SIGTERM');
    const { code, took } = await first;
    expect(code).toBe(1);
    expect(took).toBeLessThan(1_500);
  });

  test('on a port that is taken says so in one line, with exit code 1', async () => {
    await serve();
    const { code, stdout, stderr } = await local(['serve'], { OPENBULK_LOG: 'error' }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*EADDRINUSE.* Set PORT to another one\.\n$/);
  });
});

describe('work', () => {
  test('on its own ends by SIGTERM with exit code 0, the task handed back where it stood', async () => {
    const server = await serve(SLOW);
    const { command } = await remote();
    await writeFile(join(folder.path, 'items.csv'), items(400, 'W'));
    const importing = command('import', 'items.csv', ...ITEMS);
    await importing.says(/Importing: [1-9]/);
    const worker = local(['work'], SLOW);
    await worker.says('"working"');
    expect(await timed(worker, 'SIGTERM')).toMatchObject({ code: 0, stdout: '' });
    expect((await importing.ended).code).toBe(0);
    server.child.kill('SIGTERM');
    await server.ended;
    const { rows } = await database.pool.query('select count(*)::int as held from tasks where lease_until is not null');
    expect(rows).toEqual([{ held: 0 }]);
  });

  test('of a server leaves Ctrl-C to it, and ends when the server is gone', async () => {
    const program = join(import.meta.dirname, '../../bin/openbulk.js');
    const env = { ...process.env, DATABASE_URL: database.url, OPENBULK_DATA: folder.path, OPENBULK_LOG: 'info' };
    const worker = fork(program, ['work'], {
      env,
      execArgv: [...WORKER_FLAGS],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    try {
      let log = '';
      worker.stderr?.on('data', (text) => {
        log += text;
      });
      await expect.poll(() => log, { timeout: 20_000 }).toContain('"working"');
      worker.kill('SIGINT');
      await sleep(500);
      expect(worker.exitCode).toBeNull();
      worker.disconnect();
      expect(await once(worker, 'exit')).toEqual([0, null]);
    } finally {
      worker.kill('SIGKILL');
    }
  });
});

describe('with a server', () => {
  test('an import outlives a restart of the server', async () => {
    const before = await serve(SLOW);
    const { command } = await remote();
    await writeFile(join(folder.path, 'restart.csv'), items(400, 'R'));
    const importing = command('import', 'restart.csv', ...ITEMS, '--json');
    await importing.says(/Importing: [1-9]/);
    before.child.kill('SIGTERM');
    expect((await before.ended).code).toBe(0);
    await importing.says('Could not connect to');
    await serve();
    const { code, stdout } = await importing.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).report).toMatchObject({ numItems: 400, numInserts: 400 });
  });

  test('tasks are listed, shown, paused, resumed, watched and cancelled, in either spelling of the id', async () => {
    await serve(SLOW);
    const { command, answer } = await remote();
    await writeFile(join(folder.path, 'steered.csv'), items(20_000, 'T'));
    const importing = command('import', 'steered.csv', ...ITEMS);
    await importing.says(/Importing: [1-9]/);
    const id = /Task (\w{24}) was accepted/.exec(importing.stderr())?.[1] ?? '';
    const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-8${id.slice(12, 15)}-8${id.slice(15, 18)}-${id.slice(18)}000000`;

    const listed = await answer('tasks', 'list', '--status', 'inProgress');
    expect(listed.stdout).toMatch(new RegExp(`^ID .*\\n${id} +inProgress +import-inventory-items +steered\\.csv `));
    expect(JSON.parse((await answer('tasks', 'list', '--json')).stdout).items[0].id).toBe(id);
    expect(await answer('tasks', 'pause', uuid)).toMatchObject({ code: 0, stdout: `Task ${id} is paused.\n` });
    expect(await answer('tasks', 'pause', id)).toMatchObject({ code: 1, stdout: '' });
    expect((await answer('tasks', 'list')).stdout).toMatch(new RegExp(`^${id} +paused `, 'm'));
    expect((await answer('tasks', 'show', id)).stdout).toMatch(`Task ${id}: paused\n`);
    await importing.says('paused until "openbulk tasks resume"');
    expect(await answer('tasks', 'resume', id, '--json')).toMatchObject({ code: 0 });

    const watching = command('tasks', 'watch', id);
    await watching.says(/Importing: [1-9]/);
    watching.signalGroup('SIGINT');
    expect(await watching.ended).toMatchObject({ code: 130, stdout: '' });
    expect(await answer('tasks', 'cancel', id)).toMatchObject({ code: 0 });
    expect((await importing.ended).code).toBe(1);
    const shown = await answer('tasks', 'show', uuid);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect((await answer('tasks', 'list')).stdout).toMatch(new RegExp(`^${id} +cancelled `, 'm'));
    expect(shown.stdout).toMatch(new RegExp(`^Task ${id}: cancelled by .+\\n`));
    expect(await answer('tasks', 'show', 'f'.repeat(24))).toMatchObject({ code: 2, stdout: '' });
  }, 120_000);

  test('the report goes to stdout or a file, whole, and a reader that has seen enough is no error', async () => {
    await serve();
    const { command, answer } = await remote();
    const bad = Array.from({ length: 3_000 }, (_, i) => `,laptop,${'x'.repeat(20)}${i}`);
    await writeFile(join(folder.path, 'bad.csv'), `${items(1, 'E')}${bad.join('\n')}\n`);
    const imported = await answer('import', join(folder.path, 'bad.csv'), ...ITEMS, '--json');
    expect(imported.code).toBe(3);
    const { id } = JSON.parse(imported.stdout);

    const csv = await command('tasks', 'report', id, '--outcome', 'errored').ended;
    expect(csv.code).toBe(0);
    expect(csv.stdout.split('\r\n')).toHaveLength(3_002);
    const toFile = await command('tasks', 'report', id, '--format', 'ndjson', '-o', 'report.ndjson').ended;
    expect(toFile).toMatchObject({ code: 0, stdout: '' });
    const lines = (await readFile(join(folder.path, 'report.ndjson'), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(3_000);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ line: 3, outcome: 'errored', column: 'basic.name' });
    expect(await command('tasks', 'report', id, '-o', 'no/such/folder').ended).toMatchObject({ code: 1, stdout: '' });

    const head = command('tasks', 'report', id);
    head.child.stdout?.once('data', () => head.child.stdout?.destroy());
    expect(await head.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('a token that is not accepted, or does not allow it, ends with exit code 1 and what to do', async () => {
    await serve();
    const env = { OPENBULK_SERVER: `http://127.0.0.1:${port}` };
    const forged = await runHere(['tasks', 'list'], { ...env, OPENBULK_TOKEN: 'forged' });
    expect(forged).toMatchObject({ code: 1, stdout: '' });
    expect(forged.stderr).toContain('error: The server does not accept the token (Invalid Token). "openbulk token"');
    const weak = (await local(['token', '--permissions', 'base.bulk.management.create']).ended).stdout.trim();
    const list = await runHere(['tasks', 'list'], { ...env, OPENBULK_TOKEN: weak });
    expect(list).toMatchObject({ code: 1, stdout: '' });
    expect(list.stderr).toContain('The token does not have the permission for this');
  });

  test('an action, a mapping or an organization that it does not know is an error of usage', async () => {
    await serve();
    const { answer } = await remote();
    const one = join(folder.path, 'one.csv');
    await writeFile(one, items(1, 'O'));
    const wrong = [
      ['--action', 'import-horses'],
      [...ITEMS, '--map', 'basic.colour=Colour'],
      [...ITEMS, '--org', 'nobody'],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await answer('import', one, ...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: .*(import-mdm-users|basic\.colour|organization "nobody")/);
    }
  });
});
