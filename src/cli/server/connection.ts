import { relative } from 'node:path';
import type { Command } from 'commander';
import { OpenBulkError } from '../../../packages/client/src/index.ts';
import { mintToken } from '../../auth/issuer/mint-token.ts';
import { ALL_PERMISSIONS } from '../../auth/permissions.ts';
import { openLog } from '../../boot/log.ts';
import type { RunningServer } from '../../boot/serve.ts';
import { type Config, readConfig } from '../../config/config.ts';
import { UsageError } from '../terminal/exit.ts';
import { note } from '../terminal/output.ts';
import { serverUrl } from '../terminal/values.ts';
import { thisAccount } from '../this-account.ts';
import { namedOrganization } from '../with-database.ts';
import { type Endpoint, inWords } from './client.ts';

/** A server to connect to: a running one, or one that the command starts. */
export interface Connection extends Endpoint {
  /** The command line that does `verb` to a task here, for a person to copy. */
  commandFor(verb: string, id: string): string;
  /** What becomes of a task that is not over when the command leaves, for a person. */
  afterLeaving(id: string): string;
  /** Ends our own server; what it was working on is handed back. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly org: string;
  readonly server?: string;
  readonly token?: string;
}

/** Adds the options that say which server and which organization. */
export function withConnectionOptions(command: Command): Command {
  return command
    .option('--org <org>', 'organization: slug or id', 'demo')
    .option('--server <url>', 'server to connect to (OPENBULK_SERVER)', serverUrl)
    .option('--token <token>', 'access token for it (prefer OPENBULK_TOKEN: other users can see arguments)');
}

/**
 * Connects to the server that was named, or starts one.
 *
 * @param workers how many an own server can use; 0 when nothing is to be worked on
 * @throws UsageError when only half of what is needed was given, or there is no such organization
 */
async function connect(options: ConnectionOptions, workers: number): Promise<Connection> {
  const config = readConfig();
  const url = options.server ?? config.server;
  const token = options.token ?? config.token;
  if (url !== undefined && token !== undefined) return connectTo(options, url, token);
  if (url !== undefined)
    throw new UsageError(
      `A token for ${url} is missing: pass --token or set OPENBULK_TOKEN. "openbulk token" on the server creates one.`,
    );
  if (token !== undefined)
    throw new UsageError('A token is given without a server: pass --server or set OPENBULK_SERVER too.');
  return startOwn(options.org, config, workers);
}

/** Whether the settings name no server at all, so that the command starts one. */
export function startsOwn({ server, token }: ConnectionOptions): boolean {
  const config = readConfig();
  return (server ?? config.server ?? token ?? config.token) === undefined;
}

function connectTo({ org, server, token: given }: ConnectionOptions, url: string, token: string): Connection {
  const where = [...(server === undefined ? [] : ['--server', url]), ...(given === undefined ? [] : ['--token …'])];
  return {
    url,
    organization: org,
    token: async () => token,
    commandFor: (verb, id) => commandLine(verb, id, org, where),
    afterLeaving: (id) => `Task ${id} continues. To follow it: ${commandLine('watch', id, org, where)}`,
    close: async () => {},
  };
}

/** A start that takes longer than this is worth a line, ms. */
const SLOW_MILLISECONDS = 1_500;

async function startOwn(org: string, { dataDir, databaseUrl }: Config, workers: number): Promise<Connection> {
  const where = databaseUrl ? '' : ` with its data in ${relative('', dataDir) || '.'}`;
  const slow = setTimeout(() => note(`Starting a server for this command${where} …`), SLOW_MILLISECONDS);
  try {
    const { privateServerConfig, startServer } = await import('../../boot/serve.ts');
    const config = privateServerConfig(workers);
    const server = await startServer(config, openLog(config, 'serve'));
    return await ownConnection(server, org).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
  } finally {
    clearTimeout(slow);
  }
}

async function ownConnection(server: RunningServer, org: string): Promise<Connection> {
  const { minting } = server;
  if (!minting) throw new Error('A server of this command has an issuer of its own.');
  const { id: organizationId } = await namedOrganization(server.pool, org);
  // Distinguishes it from a printed token.
  const madeBy = `${thisAccount()}, for a command`;
  const request = { organizationId, permissions: ALL_PERMISSIONS, ttlSeconds: TOKEN_SECONDS, madeBy };
  const mint = () => mintToken(minting, request);
  return {
    url: server.url,
    organization: org,
    token: freshTokens(mint),
    commandFor: (verb, id) => commandLine(verb, id, org, []),
    afterLeaving: (id) => `Task ${id} is interrupted. To continue it: ${commandLine('watch', id, org, [])}`,
    close: server.stop,
  };
}

const TOKEN_SECONDS = 3600;

/** An import may take longer than a token is good: in good time there is a new one. */
function freshTokens(mint: () => Promise<string>): () => Promise<string> {
  let token: Promise<string> | undefined;
  let minted = 0;
  return () => {
    if (!token || performance.now() - minted > (TOKEN_SECONDS / 2) * 1000) {
      token = mint();
      minted = performance.now();
    }
    return token;
  };
}

function commandLine(verb: string, id: string, org: string, where: readonly string[]): string {
  return ['openbulk tasks', verb, id, ...(org === 'demo' ? [] : ['--org', org]), ...where].join(' ');
}

/** Connects, works, and ends our own server, whatever happened. What the client throws, it says in words. */
export async function withConnection<T>(
  options: ConnectionOptions,
  workers: number,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(options, workers);
  try {
    return await work(connection);
  } catch (error) {
    throw error instanceof OpenBulkError ? inWords(connection, error) : error;
  } finally {
    await connection.close();
  }
}
