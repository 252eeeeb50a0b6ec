import { randomUUID } from 'node:crypto';
import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, EmbeddedPostgresError } from '../embedded-error.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from '../processes/processes.ts';

interface Holder extends ProcessIdentity {
  /** Tells two holdings by the same process apart. */
  readonly nonce: string;
}

const POLL_MS = 15;
const REPORT_EVERY_MS = 10_000;

/**
 * Runs `work` while no other process (and no other caller in this one) holds the lock at `path`. Waits as long as its
 * holder lives, saying so through `report`; a holder that was killed is replaced.
 *
 * The lock is a symbolic link whose target describes the holder: made in one step, it is never seen half written.
 */
export async function withLock<T>(path: string, report: (message: string) => void, work: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify({ ...ownIdentity(), nonce: randomUUID() } satisfies Holder);
  let nextReport = Date.now() + REPORT_EVERY_MS / 5;
  while (!tryTake(path, mine)) {
    if (Date.now() >= nextReport) {
      report(`Waiting for process ${readHolder(path)?.pid ?? '?'}, which is starting or stopping PostgreSQL`);
      nextReport = Date.now() + REPORT_EVERY_MS;
    }
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    remove(path);
  }
}

function tryTake(path: string, mine: string): boolean {
  try {
    symlinkSync(mine, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const holder = readHolder(path);
  if (holder === undefined || isRunning(holder)) return false;
  return takeOver(path, holder, mine);
}

/**
 * Replaces a dead holder. Unlinking what we read to be stale could unlink the fresh lock of someone who did the same
 * a moment earlier; so the right to unlink *this* holding is a lock of its own, named after the holding's nonce. It is
 * held for microseconds; should even its holder be killed in them, it is replaced in the same way.
 */
function takeOver(path: string, holder: Holder, mine: string): boolean {
  const right = `${path}.${holder.nonce}`;
  if (!tryTake(right, mine)) return false;
  try {
    if (readHolder(path)?.nonce !== holder.nonce) return false;
    remove(path);
    return tryTake(path, mine);
  } finally {
    remove(right);
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readlinkSync(path)) as Holder;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new EmbeddedPostgresError(
      `${path} is not a lock file of OpenBulk; remove it after you have stopped every OpenBulk that uses this folder`,
      {
        cause: error,
      },
    );
  }
}

/** The data folder may have been deleted meanwhile, and the lock with it. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
