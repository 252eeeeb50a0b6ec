import { type Binaries, locateBinaries } from '../cluster/binaries.ts';
import type { Home } from '../cluster/home.ts';
import { claimCluster, initCluster, isInitialised, removeLeftovers } from '../cluster/init-cluster.ts';
import { newPassword, readSecret, type Secret, writeSecret } from '../cluster/secret.ts';
import { ROLE } from '../cluster/settings.ts';
import { EmbeddedPostgresError } from '../embedded-error.ts';
import { runCommand } from '../processes/run-command.ts';
import { findServer, type Server } from './find-server.ts';
import { findFreePort } from './free-port.ts';
import { chooseLaunch, type Launch, launched } from './launch.ts';
import { logSize } from './log-file.ts';
import { startServer } from './start-server.ts';
import { stopServer } from './stop-server.ts';
import { ServerExited, WrongPassword, waitForServer } from './wait-for-server.ts';

/** A server and the password it takes. */
export interface Reachable {
  readonly server: Server;
  readonly password: string;
}

/** Gives the server of the data folder: the one that runs, or a new one, on a new cluster if need be. Under the lock. */
export async function ensureServer(home: Home): Promise<Reachable> {
  const adopted = await adoptServer(home);
  if (adopted !== undefined) return adopted;
  const binaries = await locateBinaries();
  const launch = await chooseLaunch(home, binaries);
  removeLeftovers(home);
  if (!isInitialised(home)) await initCluster(home, binaries, launch, await findFreePort());
  claimCluster(home, launch);
  const secret = readSecret(home.cluster) ?? (await resetPassword(home, binaries, launch));
  const server = await startServer(home, binaries, launch, secret);
  return { server, password: secret.password };
}

/** The running server, perhaps left by a killed command; undefined if there is none that can be used. */
async function adoptServer(home: Home): Promise<Reachable | undefined> {
  const server = findServer(home);
  if (server === undefined) return undefined;
  const secret = readSecret(home.cluster);
  try {
    if (secret === undefined) throw new WrongPassword('The password is lost');
    return {
      server: await waitForServer(home, server, secret.password, logSize(home)),
      password: secret.password,
    };
  } catch (error) {
    // It was stopping when we found it, or crashed in its recovery: that is for a start to deal with.
    if (error instanceof ServerExited) return undefined;
    if (!(error instanceof WrongPassword)) throw error;
    // Only without its server can a cluster be given a new password.
    home.report(`${error.message}: PostgreSQL is restarted with a new one`);
    await stopServer(server);
    writeSecret(home.cluster, { port: server.port, password: '' });
    return undefined;
  }
}

/** Gives the cluster a new password, in PostgreSQL's single-user mode, which asks for none. */
async function resetPassword(home: Home, binaries: Binaries, launch: Launch): Promise<Secret> {
  const secret = { port: await findFreePort(), password: newPassword() };
  const command = launched(launch, binaries.postgres, ['--single', '-D', home.cluster, 'postgres']);
  const { ok, output } = await runCommand(command, `alter role ${ROLE} with password '${secret.password}'\n`);
  if (!ok || /ERROR|FATAL/.test(output)) {
    throw new EmbeddedPostgresError(`The password of ${home.cluster} is lost and could not be replaced: ${output}`);
  }
  writeSecret(home.cluster, secret);
  return secret;
}
