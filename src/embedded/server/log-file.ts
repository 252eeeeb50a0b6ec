import { closeSync, constants, copyFileSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import type { Home } from '../cluster/home.ts';

const MAX_LOG_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 4096;
const TAIL_LINES = 12;

/**
 * Opens the log for appending; the caller closes it. Past 10 MB, what is there becomes postgres.log.1 and the log
 * restarts in place: a running server appends (O_APPEND), so it continues at the new end.
 */
export function openLog(home: Home): number {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
  // Not through a link: as root this would append to whatever the owner of the folder made it point to.
  const log = openSync(home.logFile, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
  if (fstatSync(log).size > MAX_LOG_BYTES) {
    copyFileSync(home.logFile, `${home.logFile}.1`);
    ftruncateSync(log, 0);
  }
  return log;
}

/** Keeps the log of a server that runs for months in bounds. */
export function boundLog(home: Home): void {
  if (logSize(home) > MAX_LOG_BYTES) closeSync(openLog(home));
}

/** Size in bytes, 0 if there is no log. */
export function logSize(home: Home): number {
  return readFrom(home, (log) => fstatSync(log).size) ?? 0;
}

/** The last lines written since the log had `offset` bytes. */
export function logTail(home: Home, offset: number): string {
  const text = readFrom(home, (log) => {
    const { size } = fstatSync(log);
    const from = Math.max(Math.min(offset, size), size - TAIL_BYTES);
    const bytes = Buffer.alloc(size - from);
    return bytes.toString('utf8', 0, readSync(log, bytes, 0, bytes.length, from));
  });
  return (text ?? '').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

function readFrom<T>(home: Home, read: (log: number) => T): T | undefined {
  let log: number;
  try {
    log = openSync(home.logFile, 'r');
  } catch {
    return undefined;
  }
  try {
    return read(log);
  } finally {
    closeSync(log);
  }
}
