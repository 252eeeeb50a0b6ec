import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { TaskContext } from '../../service/tasks/task-context.ts';
import type { App } from '../zod.ts';
import { registerQueue } from './queue-metrics.ts';

/** The metrics of this process and of the queue; callers can add more. */
export function openRegistry(context: Pick<TaskContext, 'pool'>): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerQueue(registry, context);
  return registry;
}

/** Measures the API. Labels are route patterns, known methods and statuses, never anything that a client makes up. */
export function registerRequests(registry: Registry, app: App): void {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers: [registry],
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const labels = { method, route: routeOptions.url ?? 'none', status: reply.statusCode };
    duration.observe(labels, reply.elapsedTime / 1_000);
  });
}
