import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, ownIdentity } from '../processes/processes.ts';

/**
 * The commands that use the server of one data folder: a file each, named by pid, holding when the process started,
 * so that a recycled pid does not pass for a user. All of this runs under the lock.
 */

/** Registers this process; several registrations of one process count as several users. Gives the file. */
export function registerUser(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const { pid, started } = ownIdentity();
  const file = join(folder, `${pid}-${randomUUID().slice(0, 8)}`);
  writeFileSync(file, started);
  return file;
}

export function unregisterUser(file: string): void {
  rmSync(file, { force: true });
}

/** How many users there are; those that were killed are removed on the way. */
export function countUsers(folder: string): number {
  return listEntries(folder).filter((name) => {
    const file = join(folder, name);
    const alive = isRunning({ pid: Number.parseInt(name, 10), started: readFileSync(file, 'utf8') });
    if (!alive) unregisterUser(file);
    return alive;
  }).length;
}

function listEntries(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+-/.test(name));
  } catch {
    return [];
  }
}
