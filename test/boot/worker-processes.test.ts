import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startWorkerProcesses } from '../../src/boot/worker-processes.ts';

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
  const workers = startWorkerProcesses({ count: 1, env, log, onEnd });
  await expect.poll(() => lines.length, { timeout: 120_000 }).toBeGreaterThanOrEqual(2);
  await workers.stop();
  expect(lines.slice(0, 2)).toMatchObject([1_000, 2_000].map((startsIn) => ({ code: 2, startsIn })));
  // It had no name yet, and so no lease.
  expect(ended).toEqual([]);
}, 150_000);
