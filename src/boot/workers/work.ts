import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import type { Meter } from '../../engine/meter.ts';
import { runWorker } from '../../engine/worker.ts';
import { openDiskStore } from '../../files/disk.ts';
import { type Database, openDatabase } from '../database.ts';
import { openConnections } from '../elsewhere.ts';
import type { Tracing } from '../tracing/open-tracing.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import { openParentMeter, tellParent } from './worker-message.ts';

export { WaitedInVainError } from '../../store/connection/patience.ts';

/** Connections of a worker: the slice's, the heartbeat's, the queue's, and one to spare, such as for metrics. */
const CONNECTIONS = 4;
/** To each other database: the slice's, one to see whether it is there, one of exports beside the turns, one to spare. */
const CONNECTIONS_ELSEWHERE = 4;

/** Runs one worker in this process until `stop`; then its chunk is finished and its task handed back. @throws WaitedInVainError */
export async function work(config: Config, log: Logger, stop: AbortSignal): Promise<void> {
  const name = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const options = { applicationName: 'openbulk work', connections: CONNECTIONS, stop };
  const database = await openDatabase(config, log, options);
  const elsewhere = openConnections(config, log, {
    applicationName: 'openbulk work',
    max: CONNECTIONS_ELSEWHERE,
    purpose: 'elsewhere',
  });
  const hurry = () => {
    database.pool.hurry();
    elsewhere.hurry();
  };
  stop.addEventListener('abort', hurry, { once: true });
  let metrics: WorkerMetrics | undefined;
  let tracing: Tracing | undefined;
  try {
    tracing = await startTracing(config, log, name);
    metrics = await openMetrics(config, database, log);
    const files = await openDiskStore(join(config.dataDir, 'files'), { reserveBytes: config.diskReserveBytes });
    log.info({ worker: name }, 'working');
    tellParent(name);
    const { chunkRows, sliceMilliseconds, retention, sweepMinutes } = config;
    await runWorker({
      pool: database.pool,
      databaseUrl: database.url,
      files,
      elsewhere,
      log,
      meter: metrics.meter,
      ...(tracing && { tracer: tracing.slices }),
      name,
      chunkRows,
      sliceMilliseconds,
      retention,
      sweepMinutes,
      stop,
    });
  } finally {
    await metrics?.close();
    await elsewhere.end();
    await database.close();
    await tracing?.close();
  }
}

interface WorkerMetrics {
  readonly meter: Meter;
  close(): Promise<void> | void;
}

/** Shown by this process if it is told where; else told to the server that has started it, which shows those of all its workers. */
async function openMetrics({ metrics }: Config, { pool }: Database, log: Logger): Promise<WorkerMetrics> {
  if (!metrics) return openParentMeter();
  // Loaded only if metrics are served: a worker's memory is kept small.
  const { serveWorkerMetrics } = await import('./worker-metrics.ts');
  return serveWorkerMetrics(metrics, { pool, log });
}
