import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Home } from '../cluster/home.ts';
import { DATABASE, ROLE } from '../cluster/settings.ts';
import { codeOf, EmbeddedPostgresError } from '../embedded-error.ts';
import { isRunning, type ProcessIdentity } from '../processes/processes.ts';
import { isReady, readClaim, type Server } from './find-server.ts';
import { logSize, logTail } from './log-file.ts';

const POLL_MS = 10;
/** Without a new line in the log. A recovery writes one every 10 s, and may take its time. */
const SILENCE_MS = 120_000;
const REPORT_EVERY_MS = 5_000;
const CONNECT_MS = 10_000;
const ATTEMPTS = 20;
const ATTEMPT_MS = 50;

/** The server ended before it was ready; `log` is what it said. */
export class ServerExited extends EmbeddedPostgresError {
  readonly log: string;

  constructor(home: Home, log: string) {
    super(`PostgreSQL ended while starting on ${home.cluster}; the end of ${home.logFile}:\n${log}`);
    this.log = log;
  }
}

/** The server does not know our password. */
export class WrongPassword extends EmbeddedPostgresError {}

/**
 * Waits until the server answers `select 1` in our database, which is made if it is missing.
 *
 * @param since size of the log when the server was started: what it says comes after it
 */
export async function waitForServer(
  home: Home,
  process: ProcessIdentity,
  password: string,
  since: number,
): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    await waitUntilReady(home, process, since);
    const port = readClaim(home)?.port ?? 0;
    try {
      await query(port, password, DATABASE, 'select 1');
      return { ...process, port };
    } catch (error) {
      await overcome(error, port, password, attempt);
    }
  }
}

/** Does something about a refused query, so that it is worth another attempt; throws if nothing can be done. */
async function overcome(error: unknown, port: number, password: string, attempt: number): Promise<void> {
  const code = codeOf(error);
  if (code === '28P01') throw new WrongPassword('PostgreSQL refuses our password', { cause: error });
  if (attempt === ATTEMPTS) throw error;
  if (code === '3D000') await query(port, password, 'postgres', `create database ${DATABASE}`);
  // The server was stopping or crashing; its state is known in a moment.
  else await delay(ATTEMPT_MS);
}

async function waitUntilReady(home: Home, process: ProcessIdentity, since: number): Promise<void> {
  let [size, heard, nextReport] = [since, Date.now(), Date.now() + REPORT_EVERY_MS];
  while (!isReady(home, process)) {
    const now = Date.now();
    // Asked before the log is read: what a dying server says last is there once it is dead.
    if (!isRunning(process)) throw new ServerExited(home, logTail(home, since));
    if (logSize(home) !== size) [size, heard] = [logSize(home), now];
    if (now - heard > SILENCE_MS) {
      throw new EmbeddedPostgresError(
        `PostgreSQL (process ${process.pid}) is not ready and has been silent for ${SILENCE_MS / 1000} s; ` +
          `the end of ${home.logFile}:\n${logTail(home, 0)}`,
      );
    }
    if (now >= nextReport) {
      home.report(`Waiting for PostgreSQL to start: ${logTail(home, since).split('\n').at(-1)}`);
      nextReport = now + REPORT_EVERY_MS;
    }
    await delay(POLL_MS);
  }
}

async function query(port: number, password: string, database: string, text: string): Promise<void> {
  // Everything is given, so that no PGSSLMODE or PGHOST of the environment is taken.
  const where = { host: '127.0.0.1', port, user: ROLE, password, database, ssl: false };
  const client = new pg.Client({ ...where, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => {});
  }
}
