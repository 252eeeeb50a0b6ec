import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { failAt } from '../../support/crashes/fail-at.ts';
import { ENV, survive, takeOver, underWay } from '../../support/crashes/survive.ts';
import { killWorkers, startWorker } from '../../support/crashes/worker-process.ts';

/** Workers that stand still for longer than their lease, and then go on. */
afterAll(() => killWorkers());

describe.concurrent('an import is exact although', () => {
  test.for([
    ['its worker is stopped before it commits and wakes up after its lease', 'before-commit=stop@4'],
    ['the event loop of its worker is blocked for 40 s', 'before-commit=block:40000@4'],
  ] as const)('%s', { timeout: 180_000 }, async ([, failpoint]) => {
    await survive(async (scene) => {
      const zombie = startWorker(scene.bench, { ...ENV, ...failAt(failpoint) });
      await underWay(scene);
      await sleep(2_000);
      await takeOver(scene);
      zombie.kill('SIGCONT');
      const done = await scene.bench.finished(scene.task, 120_000);
      while (!/gave up a task|a slice failed/.test(zombie.log())) await sleep(100);
      expect((await findTask(scene.bench.pool, done.organizationId, done.id))?.version).toBe(done.version);
      expect(zombie.process.exitCode).toBeNull();
    });
  });
});
