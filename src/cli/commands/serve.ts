import { once } from 'node:events';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { offerFirstAccount } from '../../auth/accounts/account-links.ts';
import { openLog } from '../../boot/log.ts';
import type { RunningServer } from '../../boot/serve.ts';
import { readConfig } from '../../config/config.ts';
import { EXIT, leaveSoon } from '../terminal/exit.ts';
import { note } from '../terminal/output.ts';
import { listenForSignals } from '../terminal/signals.ts';
import { passwordLink } from './accounts.ts';

/** A stop that takes longer than this is no longer waited for: the leases see to it that nothing is lost. */
const STOP_MILLISECONDS = 9_800;

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('start the API server and its workers (HOST, PORT, OPENBULK_WORKERS)')
    .action(serve);
}

/** Serves until SIGTERM or Ctrl-C; a second one leaves at once. */
async function serve(): Promise<void> {
  const config = readConfig();
  const log = openLog(config, 'serve');
  const signals = listenForSignals(['SIGTERM', 'SIGINT'], () => process.exit(EXIT.failed));
  const { startServer, WaitedInVainError } = await import('../../boot/serve.ts');
  const server = await startServer(config, log, signals.first).catch((error: unknown) => {
    if (error instanceof WaitedInVainError) return undefined;
    throw error;
  });
  if (!server) return signals.close();
  const url = config.url ?? server.url;
  greet(url, config.externalIssuer?.issuer, log);
  if (!config.externalIssuer) await offerFirstSignIn(server.pool, url, join(config.dataDir, 'first-account-link'));
  if (!signals.first.aborted) await once(signals.first, 'abort');
  log.info({ signal: signals.first.reason.signal }, 'stopping');
  const overdue = setTimeout(() => {
    log.warn('could not stop everything in time; exiting');
    process.exit(EXIT.ok);
  }, STOP_MILLISECONDS);
  await server.stop();
  clearTimeout(overdue);
  signals.close();
  log.info('stopped');
  if (config.tracing) leaveSoon();
}

/**
 * While there are no accounts, the operator can create the first one with a link, which is as sensitive as a password: it is
 * printed on a terminal only, not in a log. Otherwise it is in a file.
 */
async function offerFirstSignIn(pool: RunningServer['pool'], url: string, file: string): Promise<void> {
  const token = await offerFirstAccount(pool);
  if (!token) return rm(file, { force: true });
  const link = passwordLink(url, token);
  if (process.stderr.isTTY) return note(`There are no accounts yet. Create the first one within a day: ${link}`);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${link}\n`, { mode: 0o600 });
  // A file of that name may have been left there, with other rights.
  await chmod(draft, 0o600);
  await rename(draft, file);
  note(`There are no accounts yet. Create the first one with the link in ${file}, within a day.`);
}

/** Tells a person where the server is and how to begin; a program reads the log line. */
function greet(url: string, externalIssuer: string | undefined, log: Logger): void {
  const getToken = externalIssuer ?? 'openbulk token --org demo';
  if (process.stderr.isTTY) note(`OpenBulk serves ${url}. To get a token: ${getToken}. Ctrl-C stops the server.`);
  else log.info({ url, getToken }, 'ready');
}
