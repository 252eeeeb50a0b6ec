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
  .refine((url) => !hasCredentials(url), 'must not contain a user or password')
  .transform((url) => url.replace(/\/+$/, ''));

function hasCredentials(text: string): boolean {
  const { username = '', password = '' } = URL.parse(text) ?? {};
  return username !== '' || password !== '';
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const ISSUER = 'must be an https URL without query and fragment (http is allowed only for localhost)';

/** As it was written: what tokens name as their issuer is compared with it to the letter. */
const issuer = z.string().refine((text) => {
  const url = URL.parse(text);
  if (!url || /[?#\s]/.test(text) || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}, ISSUER);

const ADOPT =
  'must be entries such as acme=sales.*, *=shared.prices or acme=crm:sales.*, separated by commas: organization=schema.table, with a connection and a colon before the schema if the table is in another database';

/** Tables that organizations can adopt. */
const adoption = z
  .string()
  .transform((text) =>
    text.split(',').map((entry) => /^([A-Za-z0-9-]+|\*)=(?:([a-z][a-z0-9_]*):)?([^.*:\s]+)\.(\S+)$/.exec(entry.trim())),
  )
  .refine((entries) => entries.every(Boolean), ADOPT)
  .transform((entries) =>
    entries.map((entry) => ({
      ...{ slug: `${entry?.[1]}`, schema: `${entry?.[3]}`, table: `${entry?.[4]}` },
      ...(entry?.[2] !== undefined && { connection: entry[2] }),
    })),
  );

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

const ORIGINS =
  'must be origins such as https://app.example or http://localhost:5173, separated by commas, without a path, trailing slash or *';

const origins = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((all) => all.every((each) => /^https?:/.test(each) && URL.parse(each)?.origin === each), ORIGINS);

/** What the driver would decode, so that it fails here and not there. */
function isDecodable(text: string): boolean {
  const { username = '', password = '', pathname = '' } = URL.parse(text) ?? {};
  try {
    return [username, password, pathname].map(decodeURIComponent).length > 0;
  } catch {
    return false;
  }
}

/** 32 bytes: as many as the key has that is made of them. */
const SECRET_BYTES = 32;
const HEX = /^(?:[0-9a-f]{2})+$/i;
const BASE64 = /^[\w+/-]+={0,2}$/;

/** Random bytes, written in hex, base64 or base64url; `undefined` for anything else, or if it is too short to be secure. */
export function readSecret(text: string): Buffer | undefined {
  const bytes = HEX.test(text) ? Buffer.from(text, 'hex') : BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
  return bytes && bytes.length >= SECRET_BYTES ? bytes : undefined;
}

const secret = z
  .string()
  .refine(
    (text) => readSecret(text) !== undefined,
    `must be at least ${SECRET_BYTES} random bytes in base64 or hex, such as "openssl rand -base64 ${SECRET_BYTES}" prints; a passphrase is too weak`,
  );

const databaseUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a PostgreSQL URL such as postgres://user:password@host:5432/openbulk',
  })
  .refine(isDecodable, 'must encode each % in its user, password or database as %25');

const settings = z.object({
  DATABASE_URL: databaseUrl.optional(),
  OPENBULK_DATA: z.string().min(1, 'must be a folder').default('.openbulk'),
  OPENBULK_RESOURCES: z.string().default('resources'),
  OPENBULK_ADOPT: adoption.optional(),
  HOST: z.string().min(1, 'must be an address to listen on').default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8080),
  OPENBULK_SECRET_KEY: secret.optional(),
  OPENBULK_SECRET_KEY_PREVIOUS: secret.optional(),
  OPENBULK_SECRET_KEY_FILE: z.string().optional(),
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
  OPENBULK_CORS_ORIGINS: origins.default([]),
  OPENBULK_METRICS_HOST: z.string().min(1, 'must be an address to listen on').default('127.0.0.1'),
  OPENBULK_METRICS_PORT: whole(0, 65_535).optional(),
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
  // Of all programs: what they say is looked at where traces are exported, and none of it stops the start.
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: z.string().optional(),
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
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
  /** The client with which people sign in; without it there is no sign-in. */
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

/** By what the secrets in the database are encrypted. */
export interface SecretKeyConfig {
  /** Not given: what `file` has. */
  readonly given?: Buffer;
  /** The key that it replaces, which decrypts what is not re-encrypted yet. */
  readonly previous?: Buffer;
  /** Absolute path. */
  readonly file: string;
}

/** With `offline_access` a session outlives its first access token (OpenID Connect Core §11). */
const CONSOLE_SCOPE = 'openid profile email offline_access';

/** Every setting of the program; docs/operating.md explains them. */
export interface Config {
  /** Texts that no log may have. */
  readonly secrets: readonly string[];
  /** Not given: an embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl?: string;
  /** Absolute path of the folder for the embedded database and the uploads. */
  readonly dataDir: string;
  /** Folder with declarations, as it was given: relative to the current one. */
  readonly resourcesDir: string;
  /** Tables that organizations can adopt with the API; `*`: any organization, any table of the schema. */
  readonly adoption: readonly {
    readonly slug: string;
    readonly schema: string;
    readonly table: string;
    readonly connection?: string;
  }[];
  /** URLs of other databases, whose tables can be adopted, by the names of the connections. */
  readonly connections: Readonly<Record<string, string>>;
  readonly secretKey: SecretKeyConfig;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where clients reach the server, without a trailing slash; not given: what `host` and `port` say. */
  readonly url?: string;
  /** Not given: the server is its own issuer. */
  readonly externalIssuer?: ExternalIssuerConfig;
  /** Until an unused session expires, and until any session expires, s. */
  readonly session: { readonly idleSeconds: number; readonly lifetimeSeconds: number };
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed; not given: none is. */
  readonly proxies?: readonly string[];
  /** Origins whose pages can call the dialects with a token; none if empty. */
  readonly corsOrigins: readonly string[];
  /** Where the metrics are served; not given: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** Whether traces are exported, as the variables of OpenTelemetry say. */
  readonly tracing: boolean;
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
  /** Default retention periods in days: from a task's end until its results are deleted, and from then until its summary is deleted. */
  readonly retention: { readonly results: number; readonly summary: number };
  /** Between two sweeps. */
  readonly sweepMinutes: number;
  /** Of the server that the command line talks to, and what it shows there. */
  readonly server?: string;
  readonly token?: string;
}

/** What Kubernetes sets in every container where a service is called `openbulk`. */
const OF_A_SERVICE = /^OPENBULK_(SERVICE_|PORT(_|$))/;

/** The URL of another database; the rest of the name is that of the connection. */
const OF_A_CONNECTION = /^OPENBULK_CONNECTION_([A-Z][A-Z0-9_]{0,39})$/;

/** Variables that look like settings of the program but are not: usually misspelled. */
export function unknownSettings(env: NodeJS.ProcessEnv = process.env): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('OPENBULK_') && !Object.hasOwn(settings.shape, name))
    .filter((name) => !OF_A_SERVICE.test(name) && !OF_A_CONNECTION.test(name))
    .sort();
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
      ({ path, message }) => `  ${path.join('.')} ${message}; ${shown(String(path[0]), given)}`,
    );
    throw new ConfigError(`Some settings are not valid:\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  const connections = readConnections(given);
  const externalIssuer = readExternalIssuer(values);
  return {
    ...(values.DATABASE_URL !== undefined && { databaseUrl: values.DATABASE_URL }),
    secrets: secretsOf(values, Object.values(connections)),
    dataDir: resolve(values.OPENBULK_DATA),
    resourcesDir: values.OPENBULK_RESOURCES,
    adoption: values.OPENBULK_ADOPT ?? [],
    connections,
    secretKey: readSecretKey(values),
    host: values.HOST,
    port: values.PORT,
    ...(values.OPENBULK_URL !== undefined && { url: values.OPENBULK_URL }),
    ...(externalIssuer && { externalIssuer }),
    session: {
      idleSeconds: values.OPENBULK_SESSION_IDLE_MINUTES * 60,
      lifetimeSeconds: values.OPENBULK_SESSION_HOURS * 3600,
    },
    ...(values.OPENBULK_PROXIES && { proxies: values.OPENBULK_PROXIES }),
    corsOrigins: values.OPENBULK_CORS_ORIGINS,
    ...(values.OPENBULK_METRICS_PORT !== undefined && {
      metrics: { host: values.OPENBULK_METRICS_HOST, port: values.OPENBULK_METRICS_PORT },
    }),
    tracing: wantsTraces(values),
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
  };
}

/** Whether the variables of OpenTelemetry ask for traces: they say where to, and nothing against it. */
function wantsTraces(values: z.infer<typeof settings>): boolean {
  const endpoint = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const exporters = (values.OTEL_TRACES_EXPORTER ?? 'otlp').split(',').map((name) => name.trim());
  const disabled = values.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
  return endpoint !== undefined && exporters.includes('otlp') && !disabled;
}

/** Settings that are secrets, or hold one; their values are never shown. */
const SECRET =
  /^(?:DATABASE_URL$|OPENBULK_CONNECTION_|OPENBULK_TOKEN$|OPENBULK_SECRET_KEY(?!_FILE)|OPENBULK_\w+_SECRET$)/;

/** What is said of the value of a setting that is not valid. */
function shown(name: string, given: NodeJS.ProcessEnv): string {
  if (SECRET.test(name)) return 'its value is not shown because it may contain a secret';
  // A password where none belongs is one all the same.
  return `it is ${JSON.stringify((given[name] ?? '').replace(/(:\/\/).*@/s, '$1***@'))}`;
}

/** Shorter secrets occur in too many words to be hidden, and are insecure anyway. */
const MIN_SECRET = 8;

function secretsOf(values: z.infer<typeof settings>, connections: readonly string[]): string[] {
  const named = Object.entries(values).filter(([name]) => SECRET.test(name) && name !== 'DATABASE_URL');
  const passwords = [values.DATABASE_URL ?? '', ...connections].map((url) => URL.parse(url)?.password ?? '');
  const texts = [...passwords, ...passwords.map(decodeURIComponent), ...named.map(([, value]) => String(value ?? ''))];
  texts.push(...headerSecrets(values));
  return [...new Set(texts)].filter((text) => text.length >= MIN_SECRET);
}

/** Headers that bear a secret, by their names. */
const SECRET_HEADER = /auth|key|secret|token|password/i;

/** Of the headers for the collector of traces, written as `name=value,name=value` with the values percent-encoded. */
function headerSecrets(values: z.infer<typeof settings>): string[] {
  const headers = [values.OTEL_EXPORTER_OTLP_HEADERS, values.OTEL_EXPORTER_OTLP_TRACES_HEADERS].join(',').split(',');
  return headers.flatMap((header) => {
    const [name = '', value = ''] = header.split(/=(.*)/s, 2);
    if (!SECRET_HEADER.test(name)) return [];
    // `Bearer` and its like are no secret.
    return [value, decoded(value)].map((text) => text.trim().replace(/^\w+(?: |%20)/, ''));
  });
}

/** Nothing where it is not encoded as it should be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** @throws ConfigError */
function readConnections(given: NodeJS.ProcessEnv): Record<string, string> {
  const connections: Record<string, string> = {};
  const wrong: string[] = [];
  for (const [variable, url] of Object.entries(given)) {
    const name = OF_A_CONNECTION.exec(variable)?.[1]?.toLowerCase();
    if (name === undefined) continue;
    const parsed = databaseUrl.safeParse(url);
    if (parsed.success) connections[name] = parsed.data;
    else wrong.push(`  ${variable} ${parsed.error.issues[0]?.message}; ${shown(variable, given)}`);
  }
  if (wrong.length > 0) throw new ConfigError(`Some settings are not valid:\n${wrong.join('\n')}`);
  return connections;
}

function readSecretKey(values: z.infer<typeof settings>): SecretKeyConfig {
  const given = readSecret(values.OPENBULK_SECRET_KEY ?? '');
  const previous = readSecret(values.OPENBULK_SECRET_KEY_PREVIOUS ?? '');
  // Beside the data folder, so that no copy of that has it.
  const file = resolve(values.OPENBULK_SECRET_KEY_FILE ?? `${resolve(values.OPENBULK_DATA)}.key`);
  return { ...(given && { given }), ...(previous && { previous }), file };
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
    throw new ConfigError(`OPENBULK_ISSUER is missing. Set it, or remove ${idle.join(', ')}.`);
  }
  if ((clientId === undefined) !== (clientSecret === undefined)) {
    throw new ConfigError('OPENBULK_INTROSPECTION_CLIENT and OPENBULK_INTROSPECTION_SECRET must be set together.');
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
      'OPENBULK_CONSOLE_CLIENT_ID is missing. Set it, or remove OPENBULK_CONSOLE_CLIENT_SECRET and OPENBULK_CONSOLE_SCOPE.',
    );
  }
  return { clientId, ...(clientSecret !== undefined && { clientSecret }), scope: scope ?? CONSOLE_SCOPE };
}

/** Whether npm or npx has started this process: they leave the path of npm. */
export function startedByNpm(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.npm_execpath !== undefined;
}
