import { once } from 'node:events';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { openLog } from '../boot/log.ts';
import { readConfig } from '../config.ts';
import { EXIT } from './exit.ts';
import { note } from './output.ts';
import { listenForSignals } from './signals.ts';

/** A stop that takes longer than this is no longer waited for: the leases see to it that nothing is lost. */
const STOP_MILLISECONDS = 9_800;

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('serve the API, with the workers that do the work (HOST, PORT, OPENBULK_WORKERS)')
    .action(serve);
}

/** Serves until SIGTERM or Ctrl-C; a second one leaves at once. */
async function serve(): Promise<void> {
  const config = readConfig();
  const log = openLog(config.logLevel, 'serve');
  const signals = listenForSignals(['SIGTERM', 'SIGINT'], () => process.exit(EXIT.failed));
  const { startServer } = await import('../boot/serve.ts');
  const server = await startServer(config, log);
  greet(config.url ?? server.url, config.externalIssuer?.issuer, log);
  if (!signals.first.aborted) await once(signals.first, 'abort');
  log.info({ signal: signals.first.reason.signal }, 'stopping');
  const overdue = setTimeout(() => {
    log.warn('not everything could be ended in time; leaving');
    process.exit(EXIT.ok);
  }, STOP_MILLISECONDS);
  await server.stop();
  clearTimeout(overdue);
  signals.close();
  log.info('stopped');
}

/** Tells a person where the server is and how to begin; a program reads the log line. */
function greet(url: string, externalIssuer: string | undefined, log: Logger): void {
  const getToken = externalIssuer ?? 'openbulk token --org demo';
  if (process.stderr.isTTY) note(`OpenBulk serves ${url}. For a token: ${getToken}. Ctrl-C stops it.`);
  else log.info({ url, getToken }, 'ready');
}
