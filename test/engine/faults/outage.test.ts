import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { keepLease } from '../../../src/engine/keep-lease.ts';
import { persist } from '../../../src/engine/steps/persist.ts';
import { openPool } from '../../../src/store/connection/pool.ts';

const log = pino({ level: 'silent' });
const lease = { taskId: 'a', organizationId: 'b', token: 1 };

afterEach(() => {
  vi.useRealTimers();
});

function away(code = 'ECONNREFUSED'): Error {
  return Object.assign(new Error('away'), { code });
}

test.for(['ECONNREFUSED', '57P03', '53300', '57014', '40P01', '25006'])(
  'a task is handed back after an outage of the database, however long it was (%s)',
  async (code) => {
    vi.useFakeTimers();
    const end = Date.now() + 3_600_000;
    let written = false;
    const write = async () => {
      if (Date.now() < end) throw away(code);
      written = true;
    };
    const done = persist({ stop: new AbortController().signal, log }, write);
    await vi.advanceTimersByTimeAsync(3_610_000);
    await done;
    expect(written).toBe(true);
  },
);

test('a worker that is to stop does not wait for the database', async () => {
  const stop = new AbortController();
  let tries = 0;
  const write = async () => {
    tries += 1;
    throw away();
  };
  const done = persist({ stop: stop.signal, log }, write);
  await new Promise(setImmediate);
  stop.abort();
  await done;
  expect(tries).toBe(2);
});

test('who cannot reach the database has its pulse and is not hung; who does nothing for long is', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const pool = openPool({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'test', max: 1 });
  const kept = keepLease(pool, lease, log);
  vi.advanceTimersByTime(120_000);
  expect(kept.hung()).toBe(false);
  // Time passes, and no timer is served: as when one line keeps the processor, or the process is stopped.
  vi.setSystemTime(Date.now());
  const now = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(now + 9_000);
  expect(kept.hung()).toBe(false);
  vi.spyOn(performance, 'now').mockReturnValue(now + 20_000);
  expect(kept.hung()).toBe(true);
  kept.stop();
  vi.restoreAllMocks();
  await pool.end();
});
