import { type Home, openHome } from './cluster/home.ts';
import { isInitialised } from './cluster/init-cluster.ts';
import { withLock } from './cluster/lock.ts';
import { giveToOwnerOf } from './cluster/secret.ts';
import { DATABASE, ROLE } from './cluster/settings.ts';
import { countUsers, registerUser, unregisterUser } from './cluster/users.ts';
import { explainRefusal } from './embedded-error.ts';
import type { ProcessIdentity } from './processes/processes.ts';
import { ensureServer, type Reachable } from './server/ensure-server.ts';
import { findServer } from './server/find-server.ts';
import { stopServer } from './server/stop-server.ts';
import { type Watch, watchServer } from './server/watch-server.ts';

export interface EmbeddedPostgres {
  /** postgres:// address of the database `openbulk`; it stays the same when the server is restarted. */
  readonly url: string;
  /** Ends our use, and stops the server if no other process uses it. Close the pools first. Can be called again. */
  release(): Promise<void>;
}

/**
 * Gives the real PostgreSQL that lives in the data folder, started if need be: about 1 s in an empty folder, a few
 * hundredths when another command has it running already.
 *
 * All commands in one data folder share one server, which outlives each of them: it belongs to no process group, is
 * left running when its user is killed, and the next command adopts it. The last to release it stops it. As long as
 * it is used, it is restarted when it dies. One data folder serves one machine (or container) at a time.
 *
 * @throws EmbeddedPostgresError where a person can do something about it
 */
export async function startEmbeddedPostgres(options: {
  /** Absolute path of the data folder; made if missing. */
  readonly dataDir: string;
  /** Takes a line for the operator, now and then. */
  readonly log?: (message: string) => void;
}): Promise<EmbeddedPostgres> {
  const { dataDir, log = () => {} } = options;
  try {
    const home = openHome(dataDir, log);
    const { reachable, user } = await withLock(home.lock, home.report, () => join(home));
    const watch = watchServer(home, reachable.server, () => restart(home, addressOf(reachable)));
    let released: Promise<void> | undefined;
    const release = () => {
      released ??= leave(home, watch, user);
      return released;
    };
    return { url: addressOf(reachable), release };
  } catch (error) {
    throw explainRefusal(error, dataDir);
  }
}

async function join(home: Home): Promise<{ reachable: Reachable; user: string }> {
  const user = registerUser(home.users);
  try {
    const reachable = await ensureServer(home);
    // So that the server's account can use the folder without us, when it was root who came first.
    for (const path of [home.users, user]) giveToOwnerOf(home.cluster, path);
    return { reachable, user };
  } catch (error) {
    unregisterUser(user);
    throw error;
  }
}

async function leave(home: Home, watch: Watch, user: string): Promise<void> {
  await watch.stop();
  await withLock(home.lock, home.report, async () => {
    unregisterUser(user);
    if (countUsers(home.users) > 0) return;
    const server = findServer(home);
    if (server !== undefined) await stopServer(server);
  });
}

/** With several commands at it, the lock lets one restart the server and the others find it. */
async function restart(home: Home, address: string): Promise<ProcessIdentity | undefined> {
  if (!isInitialised(home)) {
    home.report(`${home.cluster} is gone; PostgreSQL is not restarted`);
    return undefined;
  }
  const reachable = await withLock(home.lock, home.report, () => ensureServer(home));
  if (addressOf(reachable) !== address) {
    home.report('PostgreSQL is running again, but with another port or password: restart this command');
  }
  return reachable.server;
}

function addressOf({ server, password }: Reachable): string {
  // Said outright, because a PGSSLMODE in the environment would otherwise ask this server for TLS, which it has not.
  return `postgres://${ROLE}:${password}@127.0.0.1:${server.port}/${DATABASE}?sslmode=disable`;
}
