import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { findTask } from '../../src/store/tasks/tasks.ts';
import { inDays, storeTask } from '../support/data/retention.ts';
import { openBench } from '../support/engine.ts';

/** Housekeeping comes to a sweep once a minute at most. */
test('workers run sweeps on their own, by their clock, and stop in time', { timeout: 120_000 }, async ({
  onTestFinished,
}) => {
  const bench = await openBench();
  onTestFinished(() => bench.close());
  const organizationId = await bench.organization('swept');
  const id = await storeTask(bench, organizationId);
  let stopping = 0;
  await bench.working(
    async () => {
      for (let purged = false; !purged; await sleep(200)) {
        const task = await findTask(bench.pool, organizationId, id, { history: true });
        purged = task?.purgedAt !== undefined;
      }
      stopping = Date.now();
    },
    { sweepMinutes: 1, clock: () => inDays(31) },
  );
  expect(Date.now() - stopping).toBeLessThan(5_000);
});
