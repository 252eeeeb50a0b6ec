import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { newId } from '../../../src/task/ids.ts';
import { isTerminal } from '../../../src/task/lifecycle.ts';
import type { Task } from '../../../src/task/task.ts';
import { failAt } from '../../support/crashes/fail-at.ts';
import { ENV, file, survive, takeOver, underWay } from '../../support/crashes/survive.ts';
import { expireLeases, killWorkers, startWorker, type WorkerProcess } from '../../support/crashes/worker-process.ts';
import { ledgerOutcomes } from '../../support/data/generated.ts';
import { type Bench, openBench } from '../../support/engine.ts';

afterAll(() => killWorkers());

describe.concurrent('an import is exact although', () => {
  test.for(['after-claim=kill', 'before-commit=kill@4', 'after-commit=kill@4', 'before-finish=kill'])(
    'its worker is killed: %s',
    { timeout: 180_000 },
    async (failpoint) => {
      await survive(async (scene) => {
        const worker = startWorker(scene.bench, { ...ENV, ...failAt(failpoint) });
        expect((await worker.exited()).signal).toBe('SIGKILL');
        await takeOver(scene);
      });
    },
  );

  test('its worker is killed right after the task was completed', { timeout: 180_000 }, async () => {
    await survive(async ({ bench }) => {
      const worker = startWorker(bench, { ...ENV, ...failAt('after-finish=kill') });
      expect((await worker.exited()).signal).toBe('SIGKILL');
    });
  });

  test('its database session is terminated in the middle of a COPY', { timeout: 180_000 }, async () => {
    await survive(async ({ bench, task }) => {
      // A record that is being inserted elsewhere keeps the COPY of its chunk waiting.
      const key = [...file.records.keys()][3_000] as string;
      const other = await bench.pool.connect();
      await other.query('begin');
      await other.query(
        `insert into inventory_items (id, organization_id, key, basic_name, basic_type) values ($1, $2, $3, 'x', 'x')`,
        [newId(), task.organizationId, key],
      );
      const worker = startWorker(bench, ENV);
      for (let terminated = 0; terminated < 2; await sleep(50)) {
        const { rows } = await bench.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like 'copy inventory_items%'`,
        );
        terminated += rows.length;
      }
      await other.query('rollback');
      other.release();
      expect(worker.process.exitCode).toBeNull();
    });
  });

  test('its worker is told to stop: it hands the task back, ends with 0 in time, and another goes on at once', {
    timeout: 180_000,
  }, async () => {
    await survive(async (scene) => {
      const worker = startWorker(scene.bench, ENV);
      await underWay(scene);
      const start = Date.now();
      worker.kill('SIGTERM');
      expect(await worker.exited()).toEqual({ code: 0, signal: null });
      expect(Date.now() - start).toBeLessThan(10_000);
      const { rows } = await scene.bench.pool.query('select lease_until, status from tasks');
      if (rows[0].status === 'running') expect(rows[0].lease_until).toBeNull();
      startWorker(scene.bench, ENV);
      await scene.bench.finished(scene.task, 25_000);
    });
  });
});

describe.concurrent('whose fault it is', () => {
  test('an import whose worker is killed five times in a row, soon after each resume, is exact', {
    timeout: 300_000,
  }, async () => {
    await survive(async ({ bench, task }) => {
      for (let kills = 0; kills < 5; kills += 1) {
        const worker = startWorker(bench, { ...ENV, ...failAt('before-commit=kill') });
        expect((await worker.exited()).signal).toBe('SIGKILL');
        await expireLeases(bench);
      }
      startWorker(bench, ENV);
      await bench.finished(task, 120_000);
      expect(await crashesOf(bench)).toEqual([]);
    });
  });

  test.for([
    ['kills its worker', 'kill', { code: null, signal: 'SIGKILL' }],
    ['hangs its worker', 'stop', 'stopped'],
  ] as const)(
    'a line that %s three times while it alone is at work fails the task and is named',
    {
      timeout: 300_000,
    },
    async ([, action, end]) => {
      const bench = await openBench();
      try {
        const task = await bench.submit(await bench.organization('poison-test'), 'import-inventory-items', file.csv);
        const poison = [...file.outcomes.keys()][333] as number;
        const env = { OPENBULK_CHUNK_ROWS: '8', ...failAt(`line-${poison}=${action}`) };
        let crashes = 0;
        for (; !isTerminal((await taskNow(bench, task)).status); await expireLeases(bench)) {
          const worker = startWorker(bench, env);
          const ended = await Promise.race([worker.exited(), isStopped(worker), bench.finished(task, 100_000)]);
          if (typeof ended === 'object' && 'status' in ended) break;
          expect(ended).toEqual(end);
          crashes += 1;
          worker.kill('SIGKILL');
          await worker.exited();
        }
        const failed = await bench.finished(task);
        expect(failed.error).toEqual({ code: 'poisonous_line', message: expect.stringMatching(`^Line ${poison} `) });
        expect((await ledgerOutcomes(bench.pool, failed)).size).toBe(failed.counters.items);
        expect(failed.counters.items).toBe(333);
        // A chunk and the one read ahead are 16 records.
        expect(crashes).toBeLessThanOrEqual(Math.log2(16) + 3);
      } finally {
        killWorkers(bench);
        await bench.close();
      }
    },
  );

  test('a line that makes its step throw is found by one worker, which lives', { timeout: 120_000 }, async () => {
    const bench = await openBench();
    try {
      const task = await bench.submit(await bench.organization('throwing'), 'import-inventory-items', file.csv);
      const poison = [...file.outcomes.keys()][333] as number;
      const env = { OPENBULK_CHUNK_ROWS: '250', ...failAt(`line-${poison}=throw@always`) };
      const worker = startWorker(bench, env);
      const failed = await bench.finished(task, 90_000);
      expect(failed.error).toEqual({ code: 'poisonous_line', message: expect.stringMatching(`^Line ${poison} `) });
      expect(failed.counters.items).toBe(333);
      expect(worker.process.exitCode).toBeNull();
    } finally {
      killWorkers(bench);
      await bench.close();
    }
  });
});

async function taskNow(bench: Bench, task: Task): Promise<Task> {
  return (await findTask(bench.pool, task.organizationId, task.id)) as Task;
}

async function crashesOf(bench: Bench): Promise<unknown[]> {
  return (await bench.pool.query('select * from task_crashes')).rows;
}

/** Waits until a process was stopped (SIGSTOP). */
async function isStopped(worker: WorkerProcess): Promise<'stopped'> {
  const status = `/proc/${worker.process.pid}/status`;
  while (!/^State:\s+T/m.test(await readFile(status, 'utf8').catch(() => ''))) await sleep(100);
  return 'stopped';
}
