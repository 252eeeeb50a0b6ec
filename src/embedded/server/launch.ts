import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Binaries } from '../cluster/binaries.ts';
import type { Home } from '../cluster/home.ts';
import { EmbeddedPostgresError } from '../embedded-error.ts';
import { type Command, runCommand } from '../processes/run-command.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** How PostgreSQL's programs are run: as we are, or, since they refuse root, as another account. */
export interface Launch {
  /** Only when we are root: who must own what the server writes. */
  readonly account?: Account;
  /** Capability to keep, where the account may not enter a folder on the way. */
  readonly capability?: string;
  /** Of the programs, like 18. */
  readonly major: number;
}

/**
 * The least that can do, in order. The first needs folders that everybody may enter; a data folder from `mktemp -d` or
 * under /root is closed to others, and opening it is not ours to do. There, one capability is kept over the change of
 * account: to enter and read anything; or, where a container's root lacks that one or the programs themselves are
 * closed, to override permissions. All others are dropped.
 */
const CAPABILITIES = [undefined, 'dac_read_search', 'dac_override'] as const;

/** Finds an account and a way that runs. Tried, not derived from modes: ACLs, mounts and containers decide as well. */
export async function chooseLaunch(home: Home, binaries: Binaries): Promise<Launch> {
  const plain = await probe({ major: 0 }, home, binaries);
  if (plain.major === undefined) throw doesNotRun(plain.output);
  if (process.getuid?.() !== 0) return { major: plain.major };
  const accounts = accountsFor(home);
  const refusals: string[] = [];
  for (const account of accounts) {
    for (const capability of CAPABILITIES) {
      const launch = { account, major: plain.major, ...(capability === undefined ? {} : { capability }) };
      const { major, output } = await probe(launch, home, binaries);
      if (major !== undefined) return launch;
      refusals.push(`${account.name}${capability ? ` with ${capability}` : ''}: ${output}`);
    }
  }
  throw cannotEnter(home, binaries, accounts, refusals);
}

/** The command that runs one of PostgreSQL's programs in the chosen way. */
export function launched(launch: Launch, file: string, args: readonly string[]): Command {
  const { account, capability } = launch;
  if (account === undefined) return { file, args };
  // Node also drops the supplementary groups with these.
  if (capability === undefined) return { file, args, uid: account.uid, gid: account.gid };
  const keep = [`--inh-caps=-all,+${capability}`, `--ambient-caps=-all,+${capability}`];
  // Without this bit, access(2), by which PostgreSQL looks at its own programs, ignores the capability.
  const prefix = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--no-new-privs', ...keep];
  return { file: 'setpriv', args: [...prefix, '--securebits=+no_setuid_fixup', '--', file, ...args] };
}

/** Enters the data folder and runs a program: the two things that must work. About 10 ms. */
async function probe(launch: Launch, home: Home, binaries: Binaries): Promise<{ major?: number; output: string }> {
  const script = 'cd "$1" && exec "$2" --version';
  const { ok, output } = await runCommand(
    launched(launch, '/bin/sh', ['-c', script, 'sh', home.dataDir, binaries.postgres]),
  );
  const major = /PostgreSQL\D*(\d+)/.exec(output)?.[1];
  return ok && major !== undefined ? { major: Number(major), output } : { output };
}

/** Who may run the server: the owner of what is there, else an account that is meant to own nothing else. */
function accountsFor(home: Home): Account[] {
  const known = readAccounts();
  const owner = ownerOf(home.cluster);
  if (owner !== undefined && owner.uid !== 0) {
    return [known.find(({ uid }) => uid === owner.uid) ?? { ...owner, name: `user ${owner.uid}` }];
  }
  return ['postgres', 'nobody'].flatMap((name) => known.find((account) => account.name === name) ?? []);
}

function readAccounts(): Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

function ownerOf(path: string): { uid: number; gid: number } | undefined {
  const found: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  return found && { uid: found.uid, gid: found.gid };
}

function doesNotRun(output: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The PostgreSQL that OpenBulk includes does not run here: ${output}. It needs glibc (Alpine Linux has musl). ` +
      'Set DATABASE_URL to a PostgreSQL 15 or later.',
  );
}

function cannotEnter(home: Home, binaries: Binaries, accounts: Account[], refusals: string[]): EmbeddedPostgresError {
  const names = accounts.map(({ name }) => name).join(' or ') || 'postgres or nobody (not in /etc/passwd)';
  const closed = [home.dataDir, dirname(binaries.postgres)].map(closedFolder).find((folder) => folder !== undefined);
  return new EmbeddedPostgresError(
    `PostgreSQL refuses to run as root, and could not be run as ${names}` +
      `${closed === undefined ? '' : `, who cannot access ${closed}`}. To resolve this: ` +
      `${closed === undefined ? '' : `chmod o+x ${closed}; `}set OPENBULK_DATA to a folder elsewhere; run OpenBulk ` +
      `as a normal user; or set DATABASE_URL. What was tried:\n${refusals.join('\n')}`,
  );
}

/** The topmost folder on the way to `path` that others may not enter. */
function closedFolder(path: string): string | undefined {
  const above = path === dirname(path) ? undefined : closedFolder(dirname(path));
  return above ?? ((statSync(path).mode & 0o001) === 0 ? path : undefined);
}
