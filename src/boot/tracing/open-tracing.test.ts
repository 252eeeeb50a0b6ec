import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { openTracing } from './open-tracing.ts';
import { readSampler } from './read-sampler.ts';

afterEach(() => vi.unstubAllEnvs());

function open(env: Record<string, string>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const lines: { level: number; msg: string }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const tracing = openTracing(log, 'test');
  return { tracing, warnings: lines.filter(({ level }) => level >= 40).map(({ msg }) => msg) };
}

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, /OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL/],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    /OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", but OpenBulk supports only http\/protobuf/,
  ],
])('what asks for what there is not is warned of, and nothing is exported: %j', (env, warning) => {
  const { tracing, warnings } = open(env);
  expect(tracing).toBeUndefined();
  expect(warnings).toEqual([expect.stringMatching(warning)]);
});

test('what is said of traces goes before what is said of everything', async () => {
  const { tracing, warnings } = open({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc.example:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
  });
  expect(warnings).toEqual([]);
  await tracing?.close();
  expect(tracing).toBeDefined();
});

test('what the libraries cannot use is warned of', async () => {
  const { tracing, warnings } = open({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem',
    OTEL_TRACES_SAMPLER: 'jaeger_remote',
  });
  await tracing?.close();
  expect(warnings).toEqual(
    expect.arrayContaining([
      expect.stringContaining('Failed to read root certificate file'),
      expect.stringContaining('OTEL_TRACES_SAMPLER is not one of'),
    ]),
  );
});

test.each([
  [{}, /^ParentBased.*root=AlwaysOnSampler/],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, /^AlwaysOffSampler/],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, /^TraceIdRatioBased.*0\.25/],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' }, /root=TraceIdRatioBased.*0\.5/],
])('the sampler is the one of %j', (env, expected) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const warnings: string[] = [];
  expect(readSampler((message) => void warnings.push(message)).toString()).toMatch(expected);
  expect(warnings).toEqual([]);
});

test('a trace that its client does not keep is not kept here, and the tasks of it are not either', async () => {
  const { tracing } = open({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  const trace = 'c'.repeat(32);
  const headers = { traceparent: `00-${trace}-${'d'.repeat(16)}-00` };
  const span = tracing?.requests.begin({ method: 'GET', scheme: 'http', headers });
  expect(span?.context.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
  span?.end(200);
  await tracing?.close();
});
