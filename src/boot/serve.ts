import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createApp } from '../api/app.ts';
import { serveMetrics } from '../api/operating/metrics-listener.ts';
import type { MintTokenDeps } from '../auth/issuer/mint-token.ts';
import { type Config, readConfig } from '../config/config.ts';
import { openDiskStore } from '../files/disk.ts';
import { ensureDemoOrganization } from '../service/platform/organizations.ts';
import { AdoptionRules } from '../service/resources/adopt/adoption-rules.ts';
import { openTaskFeed } from '../service/tasks/watch-task.ts';
import { patiently } from '../store/connection/patience.ts';
import { openPool, type Pool } from '../store/connection/pool.ts';
import { keepTaskCounts } from '../store/lists/task-counts.ts';
import { endLeases } from '../store/queue/lease.ts';
import { openTurns } from '../store/queue/turns.ts';
import { openAccess } from './access.ts';
import { openDatabase } from './database.ts';
import { openConnections } from './elsewhere.ts';
import { startTracing } from './tracing/start-tracing.ts';
import { version } from './version.ts';
import { workerEnvironment } from './workers/worker-environment.ts';
import { registerLosses, registerWork } from './workers/worker-metrics.ts';
import { startWorkerProcesses, type WorkerProcesses } from './workers/worker-processes.ts';

export { WaitedInVainError } from '../store/connection/patience.ts';

/** For requests, of which an organization has half at most; beside them, for probes and tokens; one more listens. */
const CONNECTIONS = 16;
const VITAL_CONNECTIONS = 4;
/** To each other database whose tables are adopted. */
const CONNECTIONS_ELSEWHERE = 8;
/** What a request that is being answered still gets at a stop; an upload or an event stream would never end by itself. */
const REQUEST_MILLISECONDS = 3_000;

export interface RunningServer {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  readonly issuer: string;
  readonly pool: Pool;
  /** What it takes to sign tokens for it; not given: they come from an issuer elsewhere. */
  readonly minting?: MintTokenDeps;
  /** Finishes requests and chunks at hand, and ends everything that was started. */
  stop(): Promise<void>;
}

/**
 * Starts the API in this process and the workers in theirs.
 *
 * @param wait ends the waiting for a configured database that is not there; not given: it must be there
 * @throws WaitedInVainError
 */
export async function startServer(config: Config, log: Logger, wait?: AbortSignal): Promise<RunningServer> {
  const warn = (message: string) => (error: Error) => log.warn({ err: error }, message);
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const tracing = await startTracing(config, log, `${hostname()}:${process.pid}`);
    if (tracing) undo.push(tracing.close);
    const database = await openDatabase(config, log, {
      applicationName: 'openbulk serve',
      connections: CONNECTIONS,
      purpose: 'requests',
      ...(wait && { stop: wait }),
    });
    const ready = <T>(open: () => Promise<T>) =>
      wait && config.databaseUrl ? patiently({ stop: wait, log }, open) : open();
    const { pool } = database;
    undo.push(database.close);
    const vitals = openVitals(database.url, warn('lost a connection for probes and tokens'));
    undo.push(() => vitals.end());
    const elsewhere = openConnections(config, log, {
      applicationName: 'openbulk serve',
      max: CONNECTIONS_ELSEWHERE,
      purpose: 'requests',
    });
    undo.push(() => elsewhere.end());
    await ready(() => ensureDemoOrganization({ pool }));
    const files = await openDiskStore(join(config.dataDir, 'files'), { reserveBytes: config.diskReserveBytes });
    const turns = openTurns({ pool, shareMilliseconds: config.sliceMilliseconds });
    const counts = keepTaskCounts(pool, warn('could not count tasks; trying again'));
    undo.push(counts.stop);
    const feed = openTaskFeed({
      databaseUrl: database.url,
      onError: warn('could not listen for task changes; trying again'),
    });
    undo.push(feed.close);
    const { minting, ...access } = await ready(() =>
      openAccess(vitals, config, warn('a sign-in or the issue of a token failed')),
    );
    const app = createApp({
      pool,
      vitals,
      turns,
      files,
      feed,
      ...access,
      ...(config.url !== undefined && { publicUrl: config.url }),
      ...(config.proxies && { proxies: config.proxies }),
      origins: config.corsOrigins,
      log,
      ...(tracing && { tracer: tracing.requests }),
      maxUploadBytes: config.maxUploadBytes,
      quotaLimits: config.quotaLimits,
      adoption: new AdoptionRules(config.adoption),
      elsewhere,
      rateLimit: config.rateLimit,
      addressLimit: config.addressLimit,
      httpLimits: {
        connections: config.maxConnections,
        connectionsOfAddress: Math.ceil(config.maxConnections / 4),
      },
      version: version(),
    });
    undo.push(() => closeApp(app));
    await app.listen({ host: config.host, port: config.port });
    const { port } = app.server.address() as AddressInfo;
    if (config.metrics) {
      const listener = await serveMetrics(app.metrics, config.metrics);
      undo.push(listener.close);
      log.info({ host: config.metrics.host, port: listener.port }, 'serving metrics');
    }
    const workers: WorkerProcesses = startWorkerProcesses({
      count: config.workers,
      env: workerEnvironment(process.env, config),
      log,
      meter: registerWork(app.metrics, () => workers.ready()),
      onLoss: registerLosses(app.metrics),
      onEnd: (holder, how) =>
        endLeases({ pool, turns }, { holder, how }).catch(
          warn('could not release the tasks of a worker that ended; they continue when its leases expire'),
        ),
    });
    // At the same time as the requests: a stop has 10 s, and each may take several.
    undo.push(() => Promise.all([workers.stop(), closeApp(app)]));
    const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
    log.info({ url, workers: config.workers, dataDir: config.dataDir }, 'serving');
    return { url, issuer: access.issuerUrl, pool, ...(minting && { minting }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The settings of a server that a command starts for itself: on any free port of this machine alone, with tokens of its
 * own, quiet unless the environment says how loud, since a person reads its stderr. Its work is traced nowhere.
 *
 * @param workers how many it can use; 0 when nothing is to be worked on
 */
export function privateServerConfig(workers: number, env: NodeJS.ProcessEnv = process.env): Config {
  const {
    externalIssuer: _,
    metrics: __,
    ...config
  } = readConfig({ ...env, OPENBULK_LOG: env.OPENBULK_LOG || 'error' });
  return {
    ...config,
    tracing: false,
    host: '127.0.0.1',
    port: 0,
    workers: Math.min(workers, Math.max(1, config.workers)),
  };
}

async function closeApp(app: ReturnType<typeof createApp>): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), REQUEST_MILLISECONDS);
  await app.close();
  clearTimeout(cut);
}

function openVitals(url: string, onError: (error: Error) => void): Pool {
  const applicationName = 'openbulk serve vitals';
  return openPool({ url, applicationName, max: VITAL_CONNECTIONS, purpose: 'vitals', onError });
}
