import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { generate } from '../../examples/generate.ts';
import { killWorkers, startWorker } from '../support/crashes/worker-process.ts';
import { finishedTasks, look, onBench, rows } from '../support/turns.ts';

afterAll(() => killWorkers());

test('ten rows of one organization do not wait for a million rows of another, with two workers', async () => {
  await onBench(async (bench) => {
    startWorker(bench);
    startWorker(bench);
    const big = await bench.submit(
      await bench.organization('many-rows'),
      'import-inventory-items',
      Buffer.from([...generate(1_000_000)].join('')),
    );
    while ((await look(bench, big)).counters.items === 0) await sleep(50);
    await sleep(1_000);
    const small = await bench.submit(await bench.organization('few-rows'), 'import-inventory-items', rows(10));
    const done = await bench.finished(small, 15_000);
    expect(done.counters.inserts).toBe(10);
    const other = await look(bench, big);
    expect(other.status).toBe('running');
    expect(other.counters.items).toBeLessThan(1_000_000);
  });
}, 120_000);

test('ten rows of one organization do not wait for a thousand tasks of another, with one worker', async () => {
  await onBench(async (bench) => {
    const busy = await bench.organization('many-tasks');
    for (let i = 0; i < 1_000; i += 1) await bench.submit(busy, 'import-inventory-items', rows(200));
    startWorker(bench);
    while ((await finishedTasks(bench, busy)) < 3) await sleep(20);
    const small = await bench.submit(await bench.organization('one-task'), 'import-inventory-items', rows(10));
    await bench.finished(small, 10_000);
    expect(await finishedTasks(bench, busy)).toBeLessThan(500);
  });
}, 120_000);
