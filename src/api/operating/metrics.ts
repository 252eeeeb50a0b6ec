import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { countRunnable } from '../../service/platform/count-runnable.ts';
import type { ApiContext } from '../context.ts';
import type { App } from '../zod.ts';

export interface Metrics {
  readonly contentType: string;
  /** Everything, in Prometheus' text format. */
  read(): Promise<string>;
  close(): void;
}

/** A scrape is answered without the numbers of a database that takes longer than this, ms. */
const PATIENCE = 2_000;

/** Measures the API. Labels are route patterns, known methods and statuses, never anything that a client makes up. */
export function openMetrics(app: App, context: ApiContext): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers: [registry],
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const labels = { method, route: routeOptions.url ?? 'none', status: reply.statusCode };
    duration.observe(labels, reply.elapsedTime / 1_000);
  });
  registerTasks(registry, context);
  return {
    contentType: registry.contentType,
    read: () => registry.metrics(),
    close: () => registry.clear(),
  };
}

function registerTasks(registry: Registry, context: ApiContext): void {
  const gauge: Gauge<'status'> = new Gauge({
    name: 'openbulk_tasks',
    help: 'Tasks that wait for a worker (pending) or are with one (running)',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      gauge.reset();
      const counted = countRunnable({ pool: context.vitals }).catch(() => undefined);
      const counts = await Promise.race([counted, sleep(PATIENCE, undefined, { ref: false })]);
      for (const [status, count] of Object.entries(counts ?? {})) gauge.set({ status }, count);
    },
  });
}
