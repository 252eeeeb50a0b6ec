import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventStream } from './event-stream.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('where nothing happens, a comment keeps the connection alive every 15 seconds', async () => {
  const closing = new AbortController();
  const watch = { load: async () => ({ id: '1', data: '{}', last: false }), watch: () => () => {} };
  const stream = eventStream(watch, { event: 'task', lastEventId: '1', signal: closing.signal });
  expect((await stream.next()).value).toMatch(/^retry: /);
  for (let beat = 0; beat < 3; beat += 1) {
    const next = stream.next();
    let came = false;
    void next.then(() => {
      came = true;
    });
    await vi.advanceTimersByTimeAsync(14_900);
    expect(came).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect((await next).value).toBe(':\n\n');
  }
  closing.abort();
  expect((await stream.next()).done).toBe(true);
});
