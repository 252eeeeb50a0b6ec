import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../cluster/home.ts';
import { commandLineOf, isRunning, type ProcessIdentity, startOf } from '../processes/processes.ts';

/** A running postmaster of our cluster. */
export interface Server extends ProcessIdentity {
  readonly port: number;
}

/** What postmaster.pid claims, true or not. */
export interface Claim {
  readonly pid: number;
  readonly port: number;
  /** It accepts connections: started, and recovered if it had to. */
  readonly ready: boolean;
}

/** Lines of postmaster.pid: pid, data folder, start, port, socket folder, address, shared memory, state. */
export function readClaim(home: Home): Claim | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(home.cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port, ready: lines[7]?.trim() === 'ready' };
}

/**
 * The live server of this cluster. After a crash or a reboot, the pid in the file can belong to another program:
 * only a process that was told to serve this very folder counts.
 */
export function findServer(home: Home): Server | undefined {
  const claim = readClaim(home);
  if (claim === undefined) return undefined;
  const started = startOf(claim.pid);
  if (started === undefined || !commandLineOf(claim.pid).includes(`-D ${home.cluster} `)) return undefined;
  return { pid: claim.pid, started, port: claim.port };
}

/** Whether the server accepts connections. Told by its own file: asking by connecting would fill its log with refusals. */
export function isReady(home: Home, server: ProcessIdentity): boolean {
  const claim = readClaim(home);
  return claim !== undefined && claim.pid === server.pid && claim.ready && isRunning(server);
}
