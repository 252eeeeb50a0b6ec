import { expect, test } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { workerEnvironment } from './worker-environment.ts';

test('a worker is given the settings, but no secret of tokens, and not the port of the metrics of its server', () => {
  const needed = {
    PATH: '/bin',
    DATABASE_URL: 'postgres://u:p@h/d',
    OPENBULK_DATA: 'x',
    OPENBULK_CHUNK_ROWS: '5',
    OPENBULK_CONNECTION_CRM: 'x',
    OPENBULK_CONNECTION_CRM_SECRET: 'x',
  };
  const secrets = {
    OPENBULK_SECRET_KEY: 'x',
    OPENBULK_SECRET_KEY_PREVIOUS: 'x',
    OPENBULK_SECRET_KEY_FILE: 'x',
    OPENBULK_INTROSPECTION_SECRET: 'x',
    OPENBULK_CONSOLE_CLIENT_SECRET: 'x',
    OPENBULK_TOKEN: 'x',
  };
  const metrics = { OPENBULK_METRICS_HOST: '127.0.0.1', OPENBULK_METRICS_PORT: '9400' };
  const env = { ...needed, ...secrets, ...metrics, OPENBULK_LOG: 'error' };
  expect(workerEnvironment(env, { logLevel: 'info', tracing: true })).toEqual({ ...needed, OPENBULK_LOG: 'info' });
});

test('the workers of a server that exports no traces export none', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SERVICE_NAME: 'bulk' };
  expect(readConfig(workerEnvironment(env, { logLevel: 'info', tracing: true })).tracing).toBe(true);
  expect(readConfig(workerEnvironment(env, { logLevel: 'info', tracing: false })).tracing).toBe(false);
});
