import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { openRegistry } from '../../api/operating/metrics.ts';
import { serveMetrics } from '../../api/operating/metrics-listener.ts';
import type { Config } from '../../config/config.ts';
import { activities, chunkStages, crashCauses, type Meter, rowOutcomes, type WorkEvent } from '../../engine/meter.ts';
import type { Pool } from '../../store/connection/pool.ts';

/** From a chunk of one row on a quick database to a statement that is cut off, s. */
const CHUNK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** From a worker that was idle to a night's queue, s. */
const WAIT_BUCKETS = [0.01, 0.05, 0.25, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200];

/**
 * Counts what workers do, of all that tell the meter together. What happens seldom is there from the start as 0, so that the first time can
 * be seen.
 *
 * @param processes how many worker processes there are
 */
export function registerWork(registry: Registry, processes: () => number): Meter {
  const registers = [registry];
  new Gauge({
    name: 'openbulk_worker_processes',
    help: 'Worker processes of this target that are ready to work',
    registers,
    collect() {
      this.set(processes());
    },
  });
  const rows = new Counter({
    name: 'openbulk_worker_rows_total',
    help: 'Rows that workers processed, by outcome; rows of dry runs are not written',
    labelNames: ['operation', 'outcome'],
    registers,
  });
  const chunks = new Counter({
    name: 'openbulk_worker_chunks_total',
    help: 'Chunks that workers committed',
    labelNames: ['operation'],
    registers,
  });
  const chunkTime = new Histogram({
    name: 'openbulk_worker_chunk_duration_seconds',
    help: 'Time that a worker spent on a chunk: reading and checking rows (prepare), writing them (apply), committing (commit)',
    labelNames: ['operation', 'stage'],
    buckets: CHUNK_BUCKETS,
    registers,
  });
  const slices = new Counter({
    name: 'openbulk_worker_slices_total',
    help: 'Slices of tasks that workers ran, by how they ended',
    labelNames: ['operation', 'end'],
    registers,
  });
  const wait = new Histogram({
    name: 'openbulk_worker_turn_wait_seconds',
    help: 'Time that an organization waited for a turn',
    buckets: WAIT_BUCKETS,
    registers,
  });
  const conflicts = new Counter({
    name: 'openbulk_worker_conflicts_total',
    help: 'Chunks that were retried because their transaction conflicted with another one',
    labelNames: ['operation'],
    registers,
  });
  const crashes = new Counter({
    name: 'openbulk_worker_crashes_total',
    help: 'Times that rows became suspect because their worker died, hung or hit an unexpected error',
    labelNames: ['cause'],
    registers,
  });
  const outages = new Counter({
    name: 'openbulk_worker_outages_total',
    help: 'Times that a worker lost contact with the database',
    registers,
  });
  for (const operation of activities) {
    chunks.inc({ operation }, 0);
    conflicts.inc({ operation }, 0);
    for (const stage of chunkStages) chunkTime.zero({ operation, stage });
  }
  for (const cause of crashCauses) crashes.inc({ cause }, 0);

  const count: { readonly [What in WorkEvent['what']]: (event: Extract<WorkEvent, { what: What }>) => void } = {
    turn: ({ waitSeconds }) => wait.observe(waitSeconds),
    chunk({ activity: operation, rows: some, seconds }) {
      chunks.inc({ operation });
      for (const outcome of rowOutcomes) rows.inc({ operation, outcome }, some[outcome] ?? 0);
      for (const stage of chunkStages) chunkTime.observe({ operation, stage }, seconds[stage]);
    },
    slice: ({ activity: operation, end }) => slices.inc({ operation, end }),
    conflict: ({ activity: operation }) => conflicts.inc({ operation }),
    crash: ({ cause }) => crashes.inc({ cause }),
    outage: () => outages.inc(),
  };
  return (event) => count[event.what](event as never);
}

/** Counts worker processes of a server that end before they are told to. @returns counts one */
export function registerLosses(registry: Registry): () => void {
  const losses = new Counter({
    name: 'openbulk_worker_process_losses_total',
    help: 'Worker processes of this server that ended without being asked to',
    registers: [registry],
  });
  return () => losses.inc();
}

/** The metrics of a worker that is on its own, at an address of their own. */
export async function serveWorkerMetrics(
  address: NonNullable<Config['metrics']>,
  { pool, log }: { readonly pool: Pool; readonly log: Logger },
): Promise<{ readonly meter: Meter; close(): Promise<void> }> {
  const registry = openRegistry({ pool });
  const meter = registerWork(registry, () => 1);
  const listener = await serveMetrics(registry, address);
  log.info({ host: address.host, port: listener.port }, 'serving metrics');
  return { meter, close: listener.close };
}
