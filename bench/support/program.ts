import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openAsBlob, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { TURN_CHANNEL } from '../../src/store/queue/turns.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/openbulk.js');

/** The running program: `openbulk serve` with its workers, as a user starts it. */
export interface Program {
  readonly url: string;
  /** A token with all permissions for the organization `demo`. */
  readonly token: string;
  /** Submits a file and waits until its task ends. */
  run(file: string, action: string, override: boolean, how?: How): Promise<Run>;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** A token with all permissions for an organization. */
  tokenOf(slug: string): Promise<string>;
  /** Greatest resident memory of each of its processes since it was started, MB, by what it does. */
  peakMemory(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface How {
  /** Slug; `demo` when not given, and its token. */
  readonly organization?: string;
  readonly token?: string;
  /** Milliseconds between two polls. */
  readonly poll?: number;
  /** Nothing is written. */
  readonly dryRun?: boolean;
}

/** What a run gives; times in seconds from sending. */
export interface Run {
  readonly task: BulkTask;
  /** Until the task was accepted. */
  readonly uploaded: number;
  /** Until it was over. */
  readonly seconds: number;
}

export interface BulkTask {
  readonly id: string;
  readonly status: string;
  readonly report: Readonly<Record<'numItems' | 'numInserts' | 'numUpdates' | 'numSkips' | 'numErrors', number>>;
}

export async function startProgram(
  databaseUrl: string,
  dataDir: string,
  env: Record<string, string> = {},
): Promise<Program> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    OPENBULK_DATA: dataDir,
    PORT: String(port),
    OPENBULK_LOG: 'error',
    OPENBULK_RATE_LIMIT: '0',
    ...env,
  };
  const child = spawn(process.execPath, [PROGRAM, 'serve'], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  // A bench that fails leaves nothing running.
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  const token = await printed(['token', '--org', 'demo'], environment);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  await until(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200);
  await workersReady(databaseUrl, Number(env.OPENBULK_WORKERS ?? 0));
  return {
    url,
    token,
    ask,
    tokenOf: (slug) => printed(['token', '--org', slug], environment),
    async run(file, action, override, how = {}) {
      const { organization = 'demo', token: bearer = token, poll = 20, dryRun = false } = how;
      const tasks = `/v1/organizations/${organization}/bulk-tasks`;
      const headers = { authorization: `Bearer ${bearer}` };
      const form = new FormData();
      form.set('action', action);
      form.set('override', String(override));
      if (dryRun) form.set('dryRun', 'true');
      form.set('file', await openAsBlob(file, { type: 'text/csv' }), basename(file));
      const start = performance.now();
      const made = await ask(tasks, { method: 'POST', headers, body: form });
      if (made.status !== 202) throw new Error(`${made.status}: ${await made.text()}`);
      const uploaded = (performance.now() - start) / 1000;
      let task = await dataOf(made);
      while (task.status === 'pending' || task.status === 'inProgress') {
        await sleep(poll);
        task = await dataOf(await ask(`${tasks}/${task.id}`, { headers }));
      }
      if (task.status !== 'completed') throw new Error(JSON.stringify(task));
      return { task, uploaded, seconds: (performance.now() - start) / 1000 };
    },
    peakMemory: () =>
      mostOf(familyOf(child.pid as number).map((pid) => ({ [pid === child.pid ? 'serve' : 'work']: peakOf(pid) }))),
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

/** The greatest of each of some figures. */
export function mostOf(figures: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const most: Record<string, number> = {};
  for (const [name, figure] of figures.flatMap(Object.entries)) most[name] = Math.max(most[name] ?? 0, figure);
  return most;
}

async function dataOf(response: Response): Promise<BulkTask> {
  return ((await response.json()) as { data: BulkTask }).data;
}

async function printed(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`openbulk ${args.join(' ')} ended with ${code}`);
  return text.trim();
}

/** A worker works when it listens for turns. */
export async function workersReady(databaseUrl: string, count: number, seconds = 30): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const listening = `select from pg_stat_activity where datname = current_database() and state = 'idle'
    and application_name = 'openbulk listen ${TURN_CHANNEL}' and query ~ '^(listen ${TURN_CHANNEL}|select pg_notify)'`;
  try {
    await until(async () => (await client.query(listening)).rowCount === count, seconds);
  } finally {
    await client.end();
  }
}

async function until(condition: () => Promise<boolean>, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(50)) if (await condition()) return;
  throw new Error(`The program did not become ready within ${seconds} s.`);
}

/** A process and all below it (Linux). */
function familyOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: Number(statusOf(Number(name), 'PPid')) }));
  const family = [pid];
  for (const member of family)
    family.push(...parents.filter(({ parent }) => parent === member).map((found) => found.pid));
  return family;
}

function peakOf(pid: number): number {
  return Math.round(Number.parseInt(statusOf(pid, 'VmHWM') || '0', 10) / 1024);
}

function statusOf(pid: number, field: string): string {
  try {
    return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
