import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import type { Task } from '../../../src/task/task.ts';
import { cuttable } from '../../support/crashes/cuttable.ts';
import { failAt } from '../../support/crashes/fail-at.ts';
import { killWorkers, startWorker } from '../../support/crashes/worker-process.ts';
import { generated, ledgerOutcomes, storedNames } from '../../support/data/generated.ts';
import { type Bench, openBench } from '../../support/engine.ts';

/** An import that nothing is wrong with, under what ended it before with "Line N stopped its worker 3 times". */
afterAll(() => killWorkers());

const file = generated(20_000);
/** Chunks so small that it is not over before it was disturbed three times. */
const ENV = { OPENBULK_CHUNK_ROWS: '20', OPENBULK_SLICE_MS: '200' };

interface Scene {
  readonly bench: Bench;
  readonly task: Task;
}

async function survive(disturb: (scene: Scene) => Promise<void>): Promise<void> {
  const bench = await openBench();
  const task = await bench.submit(await bench.organization('innocent'), 'import-inventory-items', file.csv);
  try {
    await disturb({ bench, task });
    startWorker(bench);
    const done = await bench.finished(task, 240_000);
    expect(done).toMatchObject({ status: 'completed' });
    expect(await ledgerOutcomes(bench.pool, done)).toEqual(file.outcomes);
    expect(await storedNames(bench.pool, done.organizationId)).toEqual(file.records);
    expect((await bench.pool.query('select from task_crashes')).rows).toEqual([]);
  } finally {
    killWorkers(bench);
    await bench.close();
  }
}

/** Waits until something more is done. */
async function resumed({ bench, task }: Scene): Promise<void> {
  const items = async () => (await findTask(bench.pool, task.organizationId, task.id))?.counters.items ?? 0;
  for (const before = await items(); (await items()) === before; await sleep(5)) {
    const now = await findTask(bench.pool, task.organizationId, task.id);
    expect(now?.error).toBeUndefined();
  }
}

describe.concurrent('an import is exact although', () => {
  test('the database is away from its only worker for 75 s, three times, each soon after the resume', async () => {
    await survive(async (scene) => {
      const way = await cuttable(scene.bench.database.url);
      const worker = startWorker(scene.bench, { ...ENV, DATABASE_URL: way.url });
      for (let outages = 0; outages < 3; outages += 1) {
        await resumed(scene);
        await way.cut();
        await sleep(75_000);
        expect(await unfinished(scene)).toBe(true);
        await way.mend();
      }
      await resumed(scene);
      expect(worker.process.exitCode).toBeNull();
      worker.kill('SIGTERM');
      expect(await worker.exited()).toEqual({ code: 0, signal: null });
      await way.cut();
    });
  });

  test('two workers are cut off in turn for 75 s, each while the other has taken its task over', async () => {
    await survive(async (scene) => {
      const ways = await Promise.all([1, 2].map(() => cuttable(scene.bench.database.url)));
      const workers = ways.map(({ url }) => startWorker(scene.bench, { ...ENV, DATABASE_URL: url }));
      for (let outages = 0; outages < 4; outages += 1) {
        const way = ways[outages % 2];
        await resumed(scene);
        await way?.cut();
        await sleep(75_000);
        await way?.mend();
        await sleep(5_000);
        if (!(await unfinished(scene))) break;
      }
      for (const worker of workers) expect(worker.process.exitCode).toBeNull();
      for (const worker of workers) worker.kill('SIGKILL');
      for (const way of ways) await way.cut();
    });
  });

  test('its worker is killed three times, 31 s apart, each soon after the resume', async () => {
    await survive(async (scene) => {
      for (let kills = 0; kills < 3; kills += 1) {
        const worker = startWorker(scene.bench, ENV);
        await resumed(scene);
        worker.kill('SIGKILL');
        expect((await worker.exited()).signal).toBe('SIGKILL');
        await sleep(31_000);
      }
    });
  });

  test('its worker is killed three times before it has done anything, whose leases run out', async () => {
    await survive(async (scene) => {
      for (let kills = 0; kills < 3; kills += 1) {
        const worker = startWorker(scene.bench, { ...ENV, ...failAt('before-commit=kill') });
        expect((await worker.exited()).signal).toBe('SIGKILL');
        await sleep(31_000);
      }
    });
  });
});

async function unfinished({ bench, task }: Scene): Promise<boolean> {
  return (await findTask(bench.pool, task.organizationId, task.id))?.finishedAt === undefined;
}
