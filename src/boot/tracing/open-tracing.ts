import { DiagLogLevel, diag } from '@opentelemetry/api';
import { getNumberFromEnv, getStringFromEnv, setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { RequestTracer } from '../../api/operating/request-traces.ts';
import type { SliceTracer } from '../../engine/tracer.ts';
import { version } from '../version.ts';
import { readSampler } from './read-sampler.ts';
import { traceRequestsWith } from './request-spans.ts';
import { traceSlicesWith } from './slice-spans.ts';
import { telling } from './telling-exporter.ts';

/** What is left at the end is sent within this, ms, or not at all. */
const FLUSH_MILLISECONDS = 2_000;

export interface Tracing {
  readonly requests: RequestTracer;
  readonly slices: SliceTracer;
  /** Sends what is left; not where the collector takes nothing. */
  close(): Promise<void>;
}

/**
 * Exports traces as the variables of OpenTelemetry say (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/):
 * most are read by its libraries. What is not understood is warned of, since others may be meant, and does not stop the program.
 *
 * @returns `undefined` where they ask for what there is not
 */
export function openTracing(log: Logger, instance: string): Tracing | undefined {
  const warn = (message: string) => log.warn(message);
  const refused = refusal();
  if (refused) {
    warn(`no traces are exported: ${refused}`);
    return undefined;
  }
  const opened = tellProblems(log);
  const exporter = telling(new OTLPTraceExporter(), log);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({
          'service.name': 'openbulk',
          'service.version': version(),
          'service.instance.id': instance,
        }),
      )
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: readSampler(warn),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...batchLimits() })],
  });
  const tracer = provider.getTracer('openbulk', version());
  opened();
  log.info('exporting traces');
  return {
    requests: traceRequestsWith(tracer),
    slices: traceSlicesWith(tracer),
    async close() {
      if (exporter.fails()) return;
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, FLUSH_MILLISECONDS);
      await Promise.race([provider.shutdown().catch(() => {}), late.promise]);
      clearTimeout(timer);
    },
  };
}

/** Why traces cannot be exported as they are asked for. */
function refusal(): string | undefined {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const endpoint = getStringFromEnv(name);
    if (endpoint === undefined) continue;
    if (/^https?:\/\//i.test(endpoint) && URL.canParse(endpoint)) break;
    return `${name} must be an http or https URL`;
  }
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const protocol = getStringFromEnv(name);
    if (protocol === undefined) continue;
    if (protocol === 'http/protobuf') break;
    return `${name} is ${JSON.stringify(protocol)}, but OpenBulk supports only http/protobuf`;
  }
  return undefined;
}

const BATCH_VARIABLES = {
  scheduledDelayMillis: 'OTEL_BSP_SCHEDULE_DELAY',
  exportTimeoutMillis: 'OTEL_BSP_EXPORT_TIMEOUT',
  maxQueueSize: 'OTEL_BSP_MAX_QUEUE_SIZE',
  maxExportBatchSize: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
} as const;

/** How much waits for the collector, and how long; the processor's own limits, 2,048 spans and 5 s, where nothing is said. */
function batchLimits(): Partial<Record<keyof typeof BATCH_VARIABLES, number>> {
  const given = Object.entries(BATCH_VARIABLES).map(([limit, name]) => [limit, getNumberFromEnv(name) ?? 0] as const);
  return Object.fromEntries(given.filter(([, value]) => value > 0));
}

/**
 * What the libraries have to say goes into the log: while they are set up as warnings, then for who looks for it, since they repeat
 * themselves for as long as a collector is away, and `telling` says that once.
 *
 * @returns to be called when they are set up
 */
function tellProblems(log: Logger): () => void {
  let level: 'warn' | 'debug' = 'warn';
  const tell = (message: string) => log[level](message);
  const logger = { error: tell, warn: tell, info: tell, debug: tell, verbose: tell };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  setGlobalErrorHandler(() => {});
  return () => {
    level = 'debug';
  };
}
