import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { type Chore, doChores } from '../engine/chores/chores.ts';
import { openDiskStore } from '../files/disk.ts';
import type { Pool } from './database.ts';

/**
 * Does a round of the workers' chores in this process, now.
 *
 * @returns how much each deleted; nothing of those that failed, whose errors are logged
 */
export async function sweep(pool: Pool, config: Config, log: Logger): Promise<Partial<Record<Chore, number>>> {
  const files = await openDiskStore(join(config.dataDir, 'files'));
  return doChores({ pool, files, log, retention: config.retention, stop: new AbortController().signal });
}
