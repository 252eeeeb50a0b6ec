import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type Cleanup, runSweep } from '../engine/cleanup/sweep.ts';
import { openDiskStore } from '../files/disk.ts';
import type { Pool } from './database.ts';
import { COMMAND, openConnections } from './elsewhere.ts';

/**
 * Runs a sweep in this process, now.
 *
 * @returns how many each cleanup deleted; those that failed are left out and their errors are logged
 */
export async function sweep(pool: Pool, config: Config, log: Logger): Promise<Partial<Record<Cleanup, number>>> {
  const files = await openDiskStore(join(config.dataDir, 'files'));
  const elsewhere = openConnections(config, log, COMMAND);
  const stop = new AbortController().signal;
  try {
    return await runSweep({ pool, files, elsewhere, log, retention: config.retention, stop });
  } finally {
    await elsewhere.end();
  }
}
