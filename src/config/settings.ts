import { z } from 'zod';
import { adoption, claimNames, databaseUrl, httpUrl, issuer, origins, proxies, secret, whole } from './values.ts';

/** Every variable of the environment that is a setting, but those of connections, whose names are a person's. */
export const settings = z.object({
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

/** The settings as they are given, each by itself checked. */
export type Settings = z.infer<typeof settings>;
