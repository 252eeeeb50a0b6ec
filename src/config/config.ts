import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { OF_A_CONNECTION, readConnections } from './connections.ts';
import { type ExternalIssuerConfig, readExternalIssuer } from './external-issuer.ts';
import { secretsOf, shown } from './secrets.ts';
import { type Settings, settings } from './settings.ts';
import { readSecret } from './values.ts';

/** By what the secrets in the database are encrypted. */
export interface SecretKeyConfig {
  /** Not given: what `file` has. */
  readonly given?: Buffer;
  /** The key that it replaces, which decrypts what is not re-encrypted yet. */
  readonly previous?: Buffer;
  /** Absolute path. */
  readonly file: string;
}

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
function wantsTraces(values: Settings): boolean {
  const endpoint = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const exporters = (values.OTEL_TRACES_EXPORTER ?? 'otlp').split(',').map((name) => name.trim());
  const disabled = values.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
  return endpoint !== undefined && exporters.includes('otlp') && !disabled;
}

function readSecretKey(values: Settings): SecretKeyConfig {
  const given = readSecret(values.OPENBULK_SECRET_KEY ?? '');
  const previous = readSecret(values.OPENBULK_SECRET_KEY_PREVIOUS ?? '');
  // Beside the data folder, so that no copy of that has it.
  const file = resolve(values.OPENBULK_SECRET_KEY_FILE ?? `${resolve(values.OPENBULK_DATA)}.key`);
  return { ...(given && { given }), ...(previous && { previous }), file };
}

/** Whether npm or npx has started this process: they leave the path of npm. */
export function startedByNpm(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.npm_execpath !== undefined;
}
