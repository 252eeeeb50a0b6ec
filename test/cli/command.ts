import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The program, as a person starts it. */
export const PROGRAM = join(import.meta.dirname, '../../bin/openbulk.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `openbulk …`, leader of a process group of its own, as a shell's foreground job is. */
export interface Command {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
  /** Sends a signal to the whole group, as a terminal does with Ctrl-C. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Waits until stdout or stderr has `text`. */
  says(text: string | RegExp): Promise<void>;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it reads from standard input; nothing when not given. */
  readonly input?: string;
  /** Started by a shell, as npm and npx do it; `child` is the shell. */
  readonly npm?: boolean;
}

const running = new Set<Command>();

/** Starts the command line as a person would. Of the environment, it sees nothing that is OpenBulk's but `env`. */
export function openbulk(args: readonly string[], options: CommandOptions = {}): Command {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(OPENBULK_|DATABASE_URL|PORT$|HOST$)/.test(name));
  const words = [process.execPath, PROGRAM, ...args];
  const [file = '', ...rest] = options.npm ? ['sh', '-c', '"$@"; exit $?', 'sh', ...words] : words;
  const child = spawn(file, rest, {
    cwd: options.cwd ?? tmpdir(),
    env: { ...Object.fromEntries(inherited), ...(options.npm && { npm_execpath: 'npm' }), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const command: Command = {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: once(child, 'close').then(([code, signal]) => {
      running.delete(command);
      return { code, signal, stdout, stderr };
    }),
    signalGroup: (signal) => void process.kill(-(child.pid as number), signal),
    async says(text) {
      for (let waited = 0; waited < 120_000; waited += 20) {
        if (`${stdout}${stderr}`.search(text) >= 0) return;
        if (child.exitCode !== null) break;
        await sleep(20);
      }
      throw new Error(`It never said ${text}, but:\n${stdout}\n${stderr}`);
    },
  };
  running.add(command);
  return command;
}

/** Ends what a test left running. */
export async function endCommands(): Promise<void> {
  const left = [...running];
  for (const command of left) command.signalGroup('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));
}

/** A folder that is removed with `remove`. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), 'openbulk-cli-'));
  // The secret key is made beside a data folder, and goes with this.
  const path = join(parent, 'data');
  await mkdir(path);
  return { path, remove: () => rm(parent, { recursive: true, force: true }) };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Inventory items, good ones; the serial numbers are `${prefix}1` to `${prefix}${rows}`. */
export function items(rows: number, prefix = 'S'): string {
  const lines = Array.from({ length: rows }, (_, i) => `Item ${i + 1},laptop,${prefix}${i + 1}`);
  return ['basic.name,basic.type,identifiers.serialNumber', ...lines, ''].join('\n');
}
