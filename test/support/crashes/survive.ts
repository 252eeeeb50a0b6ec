import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import type { Counters } from '../../../src/task/ledger.ts';
import type { Task } from '../../../src/task/task.ts';
import { generated, ledgerOutcomes, storedNames } from '../data/generated.ts';
import { type Bench, openBench } from '../engine.ts';
import { killWorkers, startWorker, type WorkerProcess } from './worker-process.ts';

const ROWS = 6_000;
/** What is imported. */
export const file = generated(ROWS);
/** Small chunks and slices, so that there is a middle to crash in. */
export const ENV = { OPENBULK_CHUNK_ROWS: '250', OPENBULK_SLICE_MS: '100' };
/** The lease of 30 s runs out, housekeeping finds the task within 5 s, and a slow machine gets some time. */
const TAKEOVER_MILLISECONDS = 45_000;

export interface Scene {
  readonly bench: Bench;
  readonly task: Task;
}

/** Runs `crash` on a fresh database with a task submitted, then expects the import to be exactly what it should be. */
export async function survive(crash: (scene: Scene) => Promise<void>): Promise<void> {
  const bench = await openBench();
  const task = await bench.submit(await bench.organization('crash-test'), 'import-inventory-items', file.csv);
  const polling = pollCounters(bench, task);
  try {
    await crash({ bench, task });
    const done = await bench.finished(task, 120_000);
    expect(done.status).toBe('completed');
    await expectExact(bench, done);
  } finally {
    await polling.stop();
    killWorkers(bench);
    await bench.close();
  }
}

async function expectExact(bench: Bench, done: Task): Promise<void> {
  const outcomes = await ledgerOutcomes(bench.pool, done);
  expect(outcomes).toEqual(file.outcomes);
  const sums = (outcome: string) => [...file.outcomes.values()].filter((value) => value === outcome).length;
  expect(done.counters).toEqual({
    items: ROWS,
    inserts: sums('inserted'),
    updates: 0,
    deletes: 0,
    skips: sums('skipped'),
    errors: sums('errored'),
  });
  expect(await storedNames(bench.pool, done.organizationId)).toEqual(file.records);
}

/** Watches the counters as a client does: they add up at every moment, and none ever falls. */
function pollCounters(bench: Bench, task: Task): { stop(): Promise<void> } {
  let stopped = false;
  const running = (async () => {
    let before: Counters = { items: 0, inserts: 0, updates: 0, deletes: 0, skips: 0, errors: 0 };
    for (; !stopped; await sleep(50)) {
      const now = (await findTask(bench.pool, task.organizationId, task.id))?.counters as Counters;
      expect(now.items).toBe(now.inserts + now.updates + now.deletes + now.skips + now.errors);
      for (const name of Object.keys(now) as (keyof Counters)[]) expect(now[name]).toBeGreaterThanOrEqual(before[name]);
      before = now;
    }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** Waits until the import is somewhere in its middle. */
export async function underWay({ bench, task }: Scene): Promise<void> {
  while ((await findTask(bench.pool, task.organizationId, task.id))?.counters.items === 0) await sleep(10);
}

async function version({ bench, task }: Scene): Promise<number> {
  return (await findTask(bench.pool, task.organizationId, task.id))?.version ?? 0;
}

/** Has another worker take the task up, and expects it to do so in time. */
export async function takeOver(scene: Scene): Promise<WorkerProcess> {
  const before = await version(scene);
  const worker = startWorker(scene.bench, ENV);
  const start = Date.now();
  while ((await version(scene)) === before && Date.now() - start < TAKEOVER_MILLISECONDS) await sleep(100);
  expect(await version(scene)).toBeGreaterThan(before);
  return worker;
}
