import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

/** A setting that is not valid; the message names every one that is wrong and what it may be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const ISSUER = 'must be an https URL without query and fragment (http only for a host of this machine)';

/** As it was written: what tokens name as their issuer is compared with it to the letter. */
const issuer = z.string().refine((text) => {
  const url = URL.parse(text);
  if (!url || /[?#\s]/.test(text) || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}, ISSUER);

const claimNames = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine((names) => names.every(Boolean), 'must be names of claims, separated by commas');

const PROXIES = 'must be addresses or networks such as 10.0.0.7 or 10.0.0.0/8, or loopback, separated by commas';

const proxies = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((all) => all.every((each) => each === 'loopback' || isNetwork(each)), PROXIES);

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : 0;
  return rest.length === 0 && length > 0 && length <= longest;
}

const settings = z.object({
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'must be a PostgreSQL URL such as postgres://user:password@host:5432/openbulk',
    })
    .optional(),
  OPENBULK_DATA: z.string().min(1, 'must be a folder').default('.openbulk'),
  HOST: z.string().min(1, 'must be an address to listen on').default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8080),
  OPENBULK_URL: httpUrl.optional(),
  OPENBULK_ISSUER: issuer.optional(),
  OPENBULK_AUDIENCE: z.string().optional(),
  OPENBULK_INTROSPECTION_CLIENT: z.string().optional(),
  OPENBULK_INTROSPECTION_SECRET: z.string().optional(),
  OPENBULK_CLAIM_ORGANIZATION: claimNames.optional(),
  OPENBULK_CLAIM_PERMISSIONS: claimNames.optional(),
  OPENBULK_CONSOLE_CLIENT_ID: z.string().optional(),
  OPENBULK_CONSOLE_CLIENT_SECRET: z.string().optional(),
  OPENBULK_CONSOLE_SCOPE: z.string().optional(),
  OPENBULK_SESSION_IDLE_MINUTES: whole(1, 525_600).default(480),
  OPENBULK_SESSION_HOURS: whole(1, 8_760).default(168),
  OPENBULK_PROXIES: proxies.optional(),
  OPENBULK_WORKERS: whole(0, 64).optional(),
  OPENBULK_LOG: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
  OPENBULK_MAX_UPLOAD_BYTES: whole(1, Number.MAX_SAFE_INTEGER).default(10 * 1024 ** 3),
  OPENBULK_MAX_STORED_BYTES: whole(0, Number.MAX_SAFE_INTEGER).default(100 * 1024 ** 3),
  OPENBULK_MAX_OPEN_TASKS: whole(0, 1_000_000_000).default(100_000),
  OPENBULK_DISK_RESERVE_BYTES: whole(0, Number.MAX_SAFE_INTEGER).default(1024 ** 3),
  OPENBULK_RATE_LIMIT: whole(0, 1_000_000_000).default(6_000),
  OPENBULK_ADDRESS_LIMIT: whole(0, 1_000_000_000).default(600),
  OPENBULK_MAX_CONNECTIONS: whole(16, 1_000_000).default(4_096),
  OPENBULK_CHUNK_ROWS: whole(1, 100_000).default(5_000),
  OPENBULK_SLICE_MS: whole(1, 60_000).default(1_000),
  OPENBULK_RETENTION_RESULTS_DAYS: whole(1, 36_500).default(30),
  OPENBULK_RETENTION_SUMMARY_DAYS: whole(0, 36_500).default(30),
  OPENBULK_SWEEP_MINUTES: whole(1, 59).default(15),
  OPENBULK_SERVER: httpUrl.optional(),
  OPENBULK_TOKEN: z.string().min(1, 'must be an access token').optional(),
  OPENBULK_FAILPOINT: z.string().optional(),
});

/** Of no use without OPENBULK_ISSUER: better said than passed over, since they are about who may come in. */
const OF_AN_ISSUER = [
  'OPENBULK_AUDIENCE',
  'OPENBULK_INTROSPECTION_CLIENT',
  'OPENBULK_INTROSPECTION_SECRET',
  'OPENBULK_CLAIM_ORGANIZATION',
  'OPENBULK_CLAIM_PERMISSIONS',
  'OPENBULK_CONSOLE_CLIENT_ID',
  'OPENBULK_CONSOLE_CLIENT_SECRET',
  'OPENBULK_CONSOLE_SCOPE',
] as const;

/** Whose tokens are accepted, where that is not this server itself. */
export interface ExternalIssuerConfig {
  /** Its URL, as its tokens name it. */
  readonly issuer: string;
  /** What its tokens must name as theirs; not given: the server's own URL. */
  readonly audience?: string;
  /** The client as which the server asks about tokens that are no JWT (RFC 7662); not given: such tokens are refused. */
  readonly introspection?: { readonly clientId: string; readonly clientSecret: string };
  /** The client as which people sign in; not given: nobody does. */
  readonly console?: ConsoleConfig;
  /** The claims that say which organizations a token may see, and what it permits; not given: those of our own tokens. */
  readonly claims: { readonly organizations?: readonly string[]; readonly permissions?: readonly string[] };
}

/** The server as a client of an issuer elsewhere, at which people sign in. */
export interface ConsoleConfig {
  readonly clientId: string;
  /** Not given: a public client. */
  readonly clientSecret?: string;
  /** What is asked for, words separated by spaces. */
  readonly scope: string;
}

/** With `offline_access` a session outlives its first access token (OpenID Connect Core §11). */
const CONSOLE_SCOPE = 'openid profile email offline_access';

/** Every setting of the program; docs/operating.md explains them. */
export interface Config {
  /** Not given: an embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl?: string;
  /** Absolute path of the folder for the embedded database and the uploads. */
  readonly dataDir: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where clients reach the server, without a trailing slash; not given: what `host` and `port` say. */
  readonly url?: string;
  /** Not given: the server is its own issuer. */
  readonly externalIssuer?: ExternalIssuerConfig;
  /** Until a session that nobody uses is over, and until any is, s. */
  readonly session: { readonly idleSeconds: number; readonly lifetimeSeconds: number };
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed; not given: none is. */
  readonly proxies?: readonly string[];
  /** Worker processes that `serve` starts. */
  readonly workers: number;
  readonly logLevel: string;
  readonly maxUploadBytes: number;
  /** What an organization may have at most; 0: no limit. */
  readonly quotaLimits: { readonly storedBytes: number; readonly openTasks: number };
  /** Left free on the disk of the file store, for the database and others on it. */
  readonly diskReserveBytes: number;
  /** Requests a minute for one client; 0: no limit. */
  readonly rateLimit: number;
  /** Requests a minute of strangers from one address; 0: no limit. */
  readonly addressLimit: number;
  /** Open at a time; a quarter of them from one address. */
  readonly maxConnections: number;
  /** Records in a chunk at most. */
  readonly chunkRows: number;
  readonly sliceMilliseconds: number;
  /** Days for organizations that set none of their own: from a task's end until its results go, and from then until its summary does. */
  readonly retention: { readonly results: number; readonly summary: number };
  /** Between two rounds of what workers do beside their tasks. */
  readonly sweepMinutes: number;
  /** Of the server that the command line talks to, and what it shows there. */
  readonly server?: string;
  readonly token?: string;
  /** For tests: see engine/failpoint.ts. */
  readonly failpoint?: string;
}

/**
 * Reads and checks the settings; the only place that does. Empty variables count as not given.
 *
 * @throws ConfigError
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      ({ path, message }) => `  ${path.join('.')} ${message}; it is ${JSON.stringify(given[String(path[0])])}`,
    );
    throw new ConfigError(`Some settings are not valid:\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  const externalIssuer = readExternalIssuer(values);
  return {
    ...(values.DATABASE_URL !== undefined && { databaseUrl: values.DATABASE_URL }),
    dataDir: resolve(values.OPENBULK_DATA),
    host: values.HOST,
    port: values.PORT,
    ...(values.OPENBULK_URL !== undefined && { url: values.OPENBULK_URL }),
    ...(externalIssuer && { externalIssuer }),
    session: {
      idleSeconds: values.OPENBULK_SESSION_IDLE_MINUTES * 60,
      lifetimeSeconds: values.OPENBULK_SESSION_HOURS * 3600,
    },
    ...(values.OPENBULK_PROXIES && { proxies: values.OPENBULK_PROXIES }),
    // One core is left to the API and the database.
    workers: values.OPENBULK_WORKERS ?? Math.max(1, availableParallelism() - 1),
    logLevel: values.OPENBULK_LOG,
    maxUploadBytes: values.OPENBULK_MAX_UPLOAD_BYTES,
    quotaLimits: { storedBytes: values.OPENBULK_MAX_STORED_BYTES, openTasks: values.OPENBULK_MAX_OPEN_TASKS },
    diskReserveBytes: values.OPENBULK_DISK_RESERVE_BYTES,
    rateLimit: values.OPENBULK_RATE_LIMIT,
    addressLimit: values.OPENBULK_ADDRESS_LIMIT,
    maxConnections: values.OPENBULK_MAX_CONNECTIONS,
    chunkRows: values.OPENBULK_CHUNK_ROWS,
    sliceMilliseconds: values.OPENBULK_SLICE_MS,
    retention: { results: values.OPENBULK_RETENTION_RESULTS_DAYS, summary: values.OPENBULK_RETENTION_SUMMARY_DAYS },
    sweepMinutes: values.OPENBULK_SWEEP_MINUTES,
    ...(values.OPENBULK_SERVER !== undefined && { server: values.OPENBULK_SERVER }),
    ...(values.OPENBULK_TOKEN !== undefined && { token: values.OPENBULK_TOKEN }),
    ...(values.OPENBULK_FAILPOINT !== undefined && { failpoint: values.OPENBULK_FAILPOINT }),
  };
}

function readExternalIssuer(values: z.infer<typeof settings>): ExternalIssuerConfig | undefined {
  const {
    OPENBULK_ISSUER,
    OPENBULK_INTROSPECTION_CLIENT: clientId,
    OPENBULK_INTROSPECTION_SECRET: clientSecret,
  } = values;
  if (OPENBULK_ISSUER === undefined) {
    const idle = OF_AN_ISSUER.filter((name) => values[name] !== undefined);
    if (idle.length === 0) return undefined;
    throw new ConfigError(`OPENBULK_ISSUER is missing: without it, ${idle.join(', ')} would do nothing.`);
  }
  if ((clientId === undefined) !== (clientSecret === undefined)) {
    throw new ConfigError('OPENBULK_INTROSPECTION_CLIENT and OPENBULK_INTROSPECTION_SECRET must be given together.');
  }
  const console = readConsole(values);
  return {
    issuer: OPENBULK_ISSUER,
    ...(console && { console }),
    ...(values.OPENBULK_AUDIENCE !== undefined && { audience: values.OPENBULK_AUDIENCE }),
    ...(clientId !== undefined && clientSecret !== undefined && { introspection: { clientId, clientSecret } }),
    claims: {
      ...(values.OPENBULK_CLAIM_ORGANIZATION && { organizations: values.OPENBULK_CLAIM_ORGANIZATION }),
      ...(values.OPENBULK_CLAIM_PERMISSIONS && { permissions: values.OPENBULK_CLAIM_PERMISSIONS }),
    },
  };
}

function readConsole(values: z.infer<typeof settings>): ConsoleConfig | undefined {
  const {
    OPENBULK_CONSOLE_CLIENT_ID: clientId,
    OPENBULK_CONSOLE_CLIENT_SECRET: clientSecret,
    OPENBULK_CONSOLE_SCOPE: scope,
  } = values;
  if (clientId === undefined) {
    if (clientSecret === undefined && scope === undefined) return undefined;
    throw new ConfigError(
      'OPENBULK_CONSOLE_CLIENT_ID is missing: without it, OPENBULK_CONSOLE_CLIENT_SECRET and OPENBULK_CONSOLE_SCOPE would do nothing.',
    );
  }
  return { clientId, ...(clientSecret !== undefined && { clientSecret }), scope: scope ?? CONSOLE_SCOPE };
}
