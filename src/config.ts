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
  OPENBULK_WORKERS: whole(0, 64).optional(),
  OPENBULK_LOG: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
  OPENBULK_MAX_UPLOAD_BYTES: whole(1, Number.MAX_SAFE_INTEGER).default(10 * 1024 ** 3),
  OPENBULK_CHUNK_ROWS: whole(1, 100_000).default(5_000),
  OPENBULK_SLICE_MS: whole(1, 60_000).default(1_000),
  OPENBULK_RETENTION_RESULTS_DAYS: whole(1, 36_500).default(30),
  OPENBULK_RETENTION_SUMMARY_DAYS: whole(0, 36_500).default(30),
  OPENBULK_SWEEP_MINUTES: whole(1, 59).default(15),
  OPENBULK_SERVER: httpUrl.optional(),
  OPENBULK_TOKEN: z.string().min(1, 'must be an access token').optional(),
  OPENBULK_FAILPOINT: z.string().optional(),
});

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
  /** Worker processes that `serve` starts. */
  readonly workers: number;
  readonly logLevel: string;
  readonly maxUploadBytes: number;
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
  return {
    ...(values.DATABASE_URL !== undefined && { databaseUrl: values.DATABASE_URL }),
    dataDir: resolve(values.OPENBULK_DATA),
    host: values.HOST,
    port: values.PORT,
    ...(values.OPENBULK_URL !== undefined && { url: values.OPENBULK_URL }),
    // One core is left to the API and the database.
    workers: values.OPENBULK_WORKERS ?? Math.max(1, availableParallelism() - 1),
    logLevel: values.OPENBULK_LOG,
    maxUploadBytes: values.OPENBULK_MAX_UPLOAD_BYTES,
    chunkRows: values.OPENBULK_CHUNK_ROWS,
    sliceMilliseconds: values.OPENBULK_SLICE_MS,
    retention: { results: values.OPENBULK_RETENTION_RESULTS_DAYS, summary: values.OPENBULK_RETENTION_SUMMARY_DAYS },
    sweepMinutes: values.OPENBULK_SWEEP_MINUTES,
    ...(values.OPENBULK_SERVER !== undefined && { server: values.OPENBULK_SERVER }),
    ...(values.OPENBULK_TOKEN !== undefined && { token: values.OPENBULK_TOKEN }),
    ...(values.OPENBULK_FAILPOINT !== undefined && { failpoint: values.OPENBULK_FAILPOINT }),
  };
}
