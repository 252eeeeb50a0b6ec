import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { runWorker } from '../../engine/worker.ts';
import { openDiskStore } from '../../files/disk.ts';
import { openDatabase } from '../database.ts';
import { tellParent } from './worker-message.ts';

export { WaitedInVainError } from '../../store/connection/patience.ts';

/** Connections of a worker: the slice's, the heartbeat's, the queue's, and one to spare. */
const CONNECTIONS = 4;

/** Runs one worker in this process until `stop`; then its chunk is finished and its task handed back. @throws WaitedInVainError */
export async function work(config: Config, log: Logger, stop: AbortSignal): Promise<void> {
  const name = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const options = { applicationName: 'openbulk work', connections: CONNECTIONS, stop };
  const database = await openDatabase(config, log, options);
  stop.addEventListener('abort', () => database.pool.hurry(), { once: true });
  try {
    const files = await openDiskStore(join(config.dataDir, 'files'), { reserveBytes: config.diskReserveBytes });
    log.info({ worker: name }, 'working');
    tellParent(name);
    const { chunkRows, sliceMilliseconds, retention, sweepMinutes } = config;
    await runWorker({
      pool: database.pool,
      databaseUrl: database.url,
      files,
      log,
      name,
      chunkRows,
      sliceMilliseconds,
      retention,
      sweepMinutes,
      stop,
    });
  } finally {
    await database.close();
  }
}
