import { execFileSync, type StdioOptions } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../embedded-error.ts';

/** A process, told from a later one that was given the same pid by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process, as long as the machine is up. */
  readonly started: string;
}

/** What `started` is where the system hides other users' processes (mount option hidepid). */
const HIDDEN = 'hidden';
const LINUX = process.platform === 'linux';

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? HIDDEN };
}

/** Whether that very process still runs; a zombie does not. Costs 20 µs on Linux, a run of `ps` elsewhere. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  const now = startOf(pid);
  return now !== undefined && (now === started || now === HIDDEN || started === HIDDEN);
}

/** When the process started, in an opaque form; undefined if it does not exist or is a zombie. */
export function startOf(pid: number): string | undefined {
  if (!isSignalable(pid)) return undefined;
  return LINUX ? startFromProc(pid) : startFromPs(pid);
}

/** The command line with a space after each argument, or '' if it cannot be read. */
export function commandLineOf(pid: number): string {
  try {
    if (LINUX) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return `${ps(pid, ['-ww', '-o', 'command=']).trim()} `;
  } catch {
    return '';
  }
}

/** The processes working in `folder`. Only Linux tells; elsewhere, and for what we may not see, none. */
export function processesIn(folder: string): number[] {
  if (!LINUX) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && workingFolderOf(pid) === folder);
}

function workingFolderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function isSignalable(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** proc_pid_stat(5): the name in parentheses may hold anything, so fields are counted from the last ')'. */
function startFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return isSignalable(pid) ? HIDDEN : undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  // A container's first process is often one that never reaps, so a dead server can stay a zombie permanently.
  if (state === 'Z' || state === 'X' || ticks === undefined) return undefined;
  return `${ticks}@${bootId()}`;
}

/** Ticks count from the boot, and services start at about the same tick of every boot. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const [state = 'Z', ...started] = ps(pid, ['-o', 'stat=', '-o', 'lstart=']).trim().split(/\s+/);
    return state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

function ps(pid: number, columns: string[]): string {
  const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
  // lstart is printed in the zone and language of its reader, and two commands must read the same.
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return execFileSync('ps', [...columns, '-p', String(pid)], { encoding: 'utf8', stdio, env });
}
