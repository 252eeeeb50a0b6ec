import { Gauge, type Registry } from 'prom-client';
import { type QueueState, watchQueue } from '../../service/platform/queue-state.ts';
import type { TaskContext } from '../../service/tasks/task-context.ts';

/** Those in which a task is not over. */
const STATUSES = ['pending', 'scheduled', 'awaiting_approval', 'paused', 'running'] as const;

interface QueueGauge {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly ['status'];
  show(gauge: Gauge, state: QueueState): void;
}

const gauges: readonly QueueGauge[] = [
  {
    name: 'openbulk_tasks',
    help: 'Tasks of all organizations that have not ended, by status',
    labelNames: ['status'],
    show(gauge, { tasks }) {
      for (const status of STATUSES) gauge.set({ status }, tasks[status] ?? 0);
    },
  },
  {
    name: 'openbulk_queue_organizations',
    help: 'Organizations that are waiting for a turn',
    show: (gauge, { organizations }) => gauge.set(organizations),
  },
  {
    name: 'openbulk_queue_oldest_wait_seconds',
    help: 'Longest current wait of an organization for a turn; 0 if none is waiting',
    show: (gauge, { oldestWaitSeconds }) => gauge.set(oldestWaitSeconds),
  },
];

/**
 * Tells of the queue, which is the same for all processes on one database, as it is when Prometheus asks. What the database does not tell
 * in time is left out.
 */
export function registerQueue(registry: Registry, context: Pick<TaskContext, 'pool'>): void {
  const registers = [registry];
  const read = watchQueue(context);
  for (const { name, help, labelNames = [], show } of gauges) {
    new Gauge({
      ...{ name, help, labelNames, registers },
      async collect() {
        const state = await read();
        // Without labels, `reset` would say 0.
        if (labelNames.length > 0) this.reset();
        else this.remove();
        if (state) show(this, state);
      },
    });
  }
  new Gauge({
    name: 'openbulk_database_up',
    help: 'Whether the database answered this scrape within 2 s (1) or not (0)',
    registers,
    async collect() {
      this.set((await read()) ? 1 : 0);
    },
  });
}
