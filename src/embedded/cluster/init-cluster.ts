import { randomUUID } from 'node:crypto';
import {
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf, EmbeddedPostgresError } from '../embedded-error.ts';
import { runCommand } from '../processes/run-command.ts';
import { type Account, type Launch, launched } from '../server/launch.ts';
import type { Binaries } from './binaries.ts';
import type { Home } from './home.ts';
import { newPassword, syncFile, writeSecret } from './secret.ts';
import { ROLE } from './settings.ts';

const BUILDING = 'postgres.init-';

/** Whether there is a cluster, of any version. */
export function isInitialised(home: Home): boolean {
  return existsSync(join(home.cluster, 'PG_VERSION'));
}

/**
 * Makes the cluster, with a password of its own. It is made aside and renamed when it is whole, so that a kill in
 * between leaves nothing that looks like a cluster.
 */
export async function initCluster(home: Home, binaries: Binaries, launch: Launch, port: number): Promise<void> {
  refuseForeignFolder(home);
  const building = join(home.dataDir, `${BUILDING}${process.pid}-${randomUUID().slice(0, 8)}`);
  const cluster = join(building, 'cluster');
  const passwordFile = join(building, 'password');
  const password = newPassword();
  mkdirSync(building, { mode: 0o700 });
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (launch.account !== undefined) chownTree(building, launch.account);
    await runInitdb(home, launched(launch, binaries.initdb, initArguments(cluster, passwordFile)));
    writeSecret(cluster, { port, password });
    putInPlace(home, cluster);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** Makes sure that the cluster's version is ours and, as root, that the account owns it (a copy made by root is root's). */
export function claimCluster(home: Home, launch: Launch): void {
  const version = readFileSync(join(home.cluster, 'PG_VERSION'), 'utf8').trim();
  if (version !== String(launch.major)) {
    throw new EmbeddedPostgresError(
      `${home.cluster} was created by PostgreSQL ${version}, and this OpenBulk includes PostgreSQL ${launch.major}, which cannot ` +
        `read it. Run the OpenBulk that created it; or start a PostgreSQL ${version} on it, dump it with pg_dump ` +
        'and restore the dump; or set DATABASE_URL; or, to start with an empty database, move the folder away.',
    );
  }
  const { account } = launch;
  if (account !== undefined && statSync(home.cluster).uid !== account.uid) chownTree(home.cluster, account);
}

function initArguments(cluster: string, passwordFile: string): string[] {
  return [
    ...['-D', cluster, '-U', ROLE, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-instructions'],
    // Sorts by code point, the same on every machine and for ever: no system library's update can corrupt an index.
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    // No --no-sync: later checkpoints write only what they change, so a power cut weeks later could still find files of
    // initdb that never reached the disk. Where it exists, by one call for the file system rather than one for each of
    // the thousand files: 0.50 s instead of 0.56 s on an idle disk, 0.8 s instead of 3 s on a busy one.
    ...(process.platform === 'linux' ? ['--sync-method=syncfs'] : []),
  ];
}

async function runInitdb(home: Home, command: ReturnType<typeof launched>): Promise<void> {
  const { ok, output } = await runCommand(command);
  if (ok) return;
  const reasons = output.split('\n').filter((line) => /error|fatal|panic|could not|No space|ended by/i.test(line));
  throw new EmbeddedPostgresError(
    `PostgreSQL could not create its cluster in ${home.dataDir}: ${reasons.join('; ') || output}. ` +
      'Or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

function putInPlace(home: Home, cluster: string): void {
  try {
    renameSync(cluster, home.cluster);
    syncFile(home.dataDir);
  } catch (error) {
    // Someone else's cluster came first (the lock does not reach across containers): theirs is used, ours discarded.
    if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error)) || !isInitialised(home)) throw error;
  }
}

/**
 * Removes what killed starts left half made. The lock is ours, so no one is at work in it, except an initdb whose
 * parent was killed: it fails, then or later.
 */
export function removeLeftovers(home: Home): void {
  for (const name of readdirSync(home.dataDir).filter((entry) => entry.startsWith(BUILDING))) {
    try {
      rmSync(join(home.dataDir, name), { recursive: true, force: true });
    } catch {
      // That initdb made a file meanwhile. Next time.
    }
  }
}

function refuseForeignFolder(home: Home): void {
  if (!existsSync(home.cluster) || readdirSync(home.cluster).length === 0) return;
  throw new EmbeddedPostgresError(
    `${home.cluster} is not empty but is not a PostgreSQL cluster. Move it away, or set OPENBULK_DATA to another folder.`,
  );
}

function chownTree(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) chownTree(child, account);
    else lchownSync(child, account.uid, account.gid);
  }
}
