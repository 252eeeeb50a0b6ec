import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type Elsewhere, type ElsewhereOptions, openElsewhere } from '../store/elsewhere/databases.ts';

export type { Elsewhere } from '../store/elsewhere/databases.ts';

/** How a command connects to them. */
export const COMMAND = { applicationName: 'openbulk command', max: 2, purpose: 'maintenance' } as const;

/** The databases that the settings name beside OpenBulk's own; each is connected to when it is first used. */
export function openConnections(
  { connections }: Config,
  log: Logger,
  options: Omit<ElsewhereOptions, 'onError'>,
): Elsewhere {
  return openElsewhere(connections, {
    ...options,
    onError: (connection, error) => log.warn({ err: error, connection }, 'lost a connection to another database'),
  });
}
