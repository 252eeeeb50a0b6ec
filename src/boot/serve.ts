import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createApp } from '../api/app.ts';
import { embeddedVerifier } from '../auth/embedded-verifier.ts';
import { createIssuer } from '../auth/issuer.ts';
import { issuerIdentity } from '../auth/issuer-identity.ts';
import type { Config } from '../config.ts';
import { openDiskStore } from '../files/disk.ts';
import { ensureDemoOrganization } from '../service/organizations.ts';
import { openTaskFeed } from '../service/watch-task.ts';
import type { Pool } from '../store/pool.ts';
import { openTurns } from '../store/turns.ts';
import { openDatabase } from './database.ts';
import { startWorkerProcesses } from './worker-processes.ts';

const CONNECTIONS = 16;

export interface RunningServer {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  readonly issuer: string;
  readonly pool: Pool;
  /** Finishes requests and chunks at hand, and ends everything that was started. */
  stop(): Promise<void>;
}

/** Starts the API in this process and the workers in theirs. */
export async function startServer(
  config: Config,
  log: Logger,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RunningServer> {
  const onError = (error: Error) => log.warn({ err: error }, 'database trouble');
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const database = await openDatabase(config, log, { applicationName: 'openbulk serve', connections: CONNECTIONS });
    const { pool } = database;
    undo.push(database.close);
    await ensureDemoOrganization({ pool });
    const files = await openDiskStore(join(config.dataDir, 'files'));
    const turns = await openTurns({ pool, supervise: false, onError });
    undo.push(turns.close);
    const feed = openTaskFeed({ databaseUrl: database.url, onError });
    undo.push(feed.close);
    const issuer = await issuerIdentity({
      pool,
      ...(config.url && { configuredUrl: `${config.url}/oauth2` }),
      defaultUrl: `http://${config.host}:${config.port || 8080}/oauth2`,
    });
    const app = createApp({
      pool,
      turns,
      files,
      feed,
      verifier: embeddedVerifier({ pool, issuer }),
      issuer: await createIssuer({ pool, issuer, onError }),
      issuerUrl: issuer,
      log,
      maxUploadBytes: config.maxUploadBytes,
    });
    undo.push(() => app.close());
    await app.listen({ host: config.host, port: config.port });
    const { port } = app.server.address() as AddressInfo;
    const workers = startWorkerProcesses(config.workers, env, log);
    undo.push(workers.stop);
    const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
    log.info({ url, workers: config.workers, dataDir: config.dataDir }, 'serving');
    return { url, issuer, pool, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
