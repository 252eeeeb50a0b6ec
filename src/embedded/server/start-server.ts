import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from '../cluster/binaries.ts';
import type { Home } from '../cluster/home.ts';
import { giveToOwnerOf, type Secret, writeSecret } from '../cluster/secret.ts';
import { serverArguments } from '../cluster/settings.ts';
import { commandLineOf, type ProcessIdentity, processesIn, startOf } from '../processes/processes.ts';
import { type Command, spawnOptions } from '../processes/run-command.ts';
import { findServer, readClaim, type Server } from './find-server.ts';
import { findFreePort, isFree } from './free-port.ts';
import { type Launch, launched } from './launch.ts';
import { logSize, openLog } from './log-file.ts';
import { ServerExited, waitForServer } from './wait-for-server.ts';

const RETRIES = 100;
const RETRY_MS = 100;
/** Connections in all pools of this machine name the old port: worth waiting for it a little. */
const PORT_TRIES = 20;
const PORT_RETRY_MS = 50;

/** Starts the server on a cluster that has none, on the previous port if it is free, and waits for it. */
export async function startServer(home: Home, binaries: Binaries, launch: Launch, secret: Secret): Promise<Server> {
  for (let retry = 0; ; retry++) {
    const since = logSize(home);
    try {
      const server = findServer(home) ?? (await spawnServer(home, binaries, launch, secret));
      return await waitForServer(home, server, secret.password, since);
    } catch (error) {
      if (!(error instanceof ServerExited) || !passes(error.log) || retry === RETRIES) throw error;
      await delay(RETRY_MS);
    }
  }
}

/**
 * What the server said is a matter of moments: a port taken since we looked; the last backends of a killed server; or
 * a server that a killed command had just started, and that had no pid file yet when we looked.
 */
function passes(log: string): boolean {
  return /could not bind|lock file "postmaster.pid" already exists|shared memory block/.test(log);
}

async function spawnServer(home: Home, binaries: Binaries, launch: Launch, secret: Secret): Promise<ProcessIdentity> {
  quitOrphans(home);
  const port = await choosePort(secret.port);
  if (port !== secret.port) writeSecret(home.cluster, { ...secret, port });
  return await spawnDetached(home, launched(launch, binaries.postgres, serverArguments(home.cluster, port)));
}

/** With its postmaster dead, a backend can only be in the way. SIGQUIT makes it leave at once, whatever it computes. */
function quitOrphans(home: Home): void {
  for (const pid of processesIn(home.cluster)) {
    // By this title, since a shell may stand in that folder as well.
    if (!commandLineOf(pid).startsWith('postgres: ')) continue;
    try {
      process.kill(pid, 'SIGQUIT');
    } catch {
      // Gone by itself.
    }
  }
}

async function choosePort(remembered: number): Promise<number> {
  for (let attempt = 0; attempt < PORT_TRIES; attempt++) {
    if (await isFree(remembered)) return remembered;
    await delay(PORT_RETRY_MS);
  }
  return await findFreePort();
}

async function spawnDetached(home: Home, command: Command): Promise<ProcessIdentity> {
  const log = openLog(home);
  giveToOwnerOf(home.cluster, home.logFile);
  // A pid file left by a crash can name a process of another program, and PostgreSQL would then refuse to
  // start. This variable (meant for pg_ctl) tells it that this pid is not a PostgreSQL server; unlike
  // without the file, it still looks for backends of the dead server that are attached to its shared memory.
  const claim = readClaim(home);
  const extra: Record<string, string> = claim === undefined ? {} : { PG_GRANDPARENT_PID: String(claim.pid) };
  try {
    // In a session of its own (detached), or Ctrl-C in the terminal would take the server from under our feet.
    const child = spawn(command.file, command.args, {
      ...spawnOptions(command, extra),
      detached: true,
      stdio: ['ignore', log, log],
    });
    await once(child, 'spawn');
    child.unref();
    const pid = child.pid ?? 0;
    return { pid, started: startOf(pid) ?? 'ended' };
  } finally {
    closeSync(log);
  }
}
