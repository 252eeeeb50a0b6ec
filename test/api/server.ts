import { type AddressInfo, connect } from 'node:net';
import { type Logger, pino } from 'pino';
import { createApp } from '../../src/api/app.ts';
import type { ApiOptions } from '../../src/api/context.ts';
import { createIssuer } from '../../src/auth/issuer/issuer.ts';
import { audienceOf } from '../../src/auth/issuer/issuer-identity.ts';
import { mintToken } from '../../src/auth/issuer/mint-token.ts';
import { ALL_PERMISSIONS, type Permission } from '../../src/auth/permissions.ts';
import { embeddedVerifier } from '../../src/auth/tokens/verifiers/embedded-verifier.ts';
import { openTaskFeed } from '../../src/service/tasks/watch-task.ts';
import { type Bench, openBench } from '../support/engine.ts';
import { secret } from '../support/sign-in/secret.ts';

export const ISSUER = 'http://127.0.0.1:8080/oauth2';

export interface TestServer extends Bench {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly app: ReturnType<typeof createApp>;
  /** What was logged, parsed. */
  readonly logged: Record<string, unknown>[];
  /** A token for an organization; all permissions unless some are named. */
  token(organizationId: string, permissions?: readonly Permission[]): Promise<string>;
  /** Asks the server; `path` begins with a slash. */
  ask(path: string, options?: Ask): Promise<Answer>;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: NonNullable<RequestInit['body']>;
}

/** JSON in which a test looks for what it expects, member by member. */
export interface Json {
  readonly [member: string]: Json;
  readonly [index: number]: Json;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, read as JSON. */
  readonly json: Json;
}

/**
 * The API over a database, a file store and a queue of its own, listening on a free port.
 *
 * @param now by which tokens are verified
 */
export async function openServer(options: Partial<ApiOptions> = {}, now = Date.now): Promise<TestServer> {
  const bench = await openBench();
  const { pool, turns, files, database } = bench;
  const issuer = ISSUER;
  const feed = openTaskFeed({ databaseUrl: database.url, onError: () => {} });
  const logged: Record<string, unknown>[] = [];
  const app = createApp({
    pool,
    vitals: options.pool ?? pool,
    turns,
    files,
    feed,
    verifier: embeddedVerifier({ pool, issuer, now }),
    issuer: await createIssuer({ pool, secret, issuer }),
    issuerUrl: issuer,
    resourceUrl: audienceOf(issuer),
    log: openLog(logged),
    maxUploadBytes: 1024 ** 3,
    quotaLimits: { storedBytes: 0, openTasks: 0 },
    rateLimit: 0,
    addressLimit: 0,
    version: '1.2.3',
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    ...bench,
    url,
    port,
    logged,
    app,
    token: (organizationId, permissions = ALL_PERMISSIONS) =>
      mintToken({ pool, secret, issuer }, { organizationId, permissions, ttlSeconds: 600 }),
    ask: (path, ask) => askServer(url + path, ask),
    async close() {
      await app.close();
      await feed.close();
      await bench.close();
    },
  };
}

export async function askServer(url: string, { method = 'GET', token, headers = {}, body }: Ask = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {
    json = {};
  }
  return { status: response.status, headers: response.headers, text, json };
}

function openLog(logged: Record<string, unknown>[]): Logger {
  return pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
}

/** Sends bytes as they are and gives what comes back until the server closes, or `milliseconds` are over. */
export function askRaw(port: number, request: string, milliseconds = 2_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(milliseconds, () => socket.destroy());
    socket.on('data', (data) => {
      answer += data.toString('utf8');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** A form as a browser sends it; the file last. */
export function form(
  fields: Record<string, string>,
  content: string | null,
  file: { name?: string; type?: string } = {},
): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (content !== null) {
    data.append('file', new Blob([content], { type: file.type ?? 'text/csv' }), file.name ?? 'items.csv');
  }
  return data;
}

export const HEADER = 'basic.name,basic.type,identifiers.serialNumber';
export const THREE_ROWS = `${HEADER}\nOne,laptop,S1\nTwo,laptop,S2\nThree,laptop,S3\n`;
