import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startWorkerProcesses } from '../../src/boot/workers/worker-processes.ts';
import { endLeases } from '../../src/store/queue/lease.ts';
import { failAt } from '../support/crashes/fail-at.ts';
import { openBench } from '../support/engine.ts';

const unmetered = { meter: () => {}, onLoss: () => {} };

test('a worker process that does not get through its start is started later and later', async () => {
  const lines: { startsIn?: number; code?: number }[] = [];
  const log = pino(
    new Writable({
      write(line, _, next) {
        lines.push(JSON.parse(String(line)));
        next();
      },
    }),
  );
  const ended: string[] = [];
  const env = { ...process.env, OPENBULK_CHUNK_ROWS: 'none' };
  const onEnd = async (name: string) => void ended.push(name);
  const workers = startWorkerProcesses({ count: 1, env, log, ...unmetered, onEnd });
  await expect.poll(() => lines.length, { timeout: 120_000 }).toBeGreaterThanOrEqual(2);
  await workers.stop();
  expect(lines.slice(0, 2)).toMatchObject([1_000, 2_000].map((startsIn) => ({ code: 2, startsIn })));
  // It had no name yet, and so no lease.
  expect(ended).toEqual([]);
}, 150_000);

test('whoever started a worker knows the name on its leases, and ends them when it dies', async () => {
  const bench = await openBench();
  const csv = 'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n';
  const task = await bench.submit(await bench.organization('orphan'), 'import-inventory-items', csv);
  const env = {
    ...process.env,
    DATABASE_URL: bench.database.url,
    OPENBULK_DATA: bench.dataDir,
    ...failAt('before-finish=kill'),
  };
  const ended: unknown[] = [];
  const lease = 'select lease_holder as holder, lease_until as until from tasks where id = $1';
  const onEnd = async (name: string, how: 'dead' | 'idle') => {
    const { rows } = await bench.pool.query(lease, [task.id]);
    ended.push({ name: name === rows[0].holder, how });
    await endLeases(bench, { holder: name, how });
    // Looked at here: the next worker takes the task up at once.
    const { rows: after } = await bench.pool.query(lease, [task.id]);
    ended.push(after[0].until);
  };
  const workers = startWorkerProcesses({ count: 1, env, log: pino({ level: 'silent' }), ...unmetered, onEnd });
  try {
    await expect.poll(() => ended.length, { timeout: 60_000 }).toBe(2);
    expect(ended).toEqual([{ name: true, how: 'dead' }, Number.NEGATIVE_INFINITY]);
  } finally {
    await workers.stop();
    await bench.close();
  }
}, 90_000);
