import { expect, test } from 'vitest';
import { OutOfTimeError } from './request-scope.ts';
import { BusyError, Shares } from './shares.ts';

/** Has some enter one after the other, and tells in which order they came in. */
function line(shares: Shares) {
  const order: string[] = [];
  const leaving: (() => void)[] = [];
  return {
    order,
    enter(name: string, as = name): void {
      void shares.enter(name).then((leave) => {
        order.push(as);
        leaving.push(leave);
      });
    },
    async leave(): Promise<void> {
      leaving.shift()?.();
      await settled();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one name holds at most its share, and others enter at once', async () => {
  const { order, enter } = line(new Shares({ total: 4, each: 2 }));
  for (const as of ['a1', 'a2', 'a3', 'a4']) enter('a', as);
  enter('b');
  await settled();
  expect(order).toEqual(['a1', 'a2', 'b']);
});

test('those who wait are served name by name, and within a name in order', async () => {
  const { order, enter, leave } = line(new Shares({ total: 1, each: 1 }));
  for (const as of ['a1', 'a2', 'a3', 'a4']) enter('a', as);
  for (const as of ['b1', 'b2']) enter('b', as);
  enter('c');
  await settled();
  for (let turn = 0; turn < 7; turn += 1) await leave();
  expect(order).toEqual(['a1', 'a2', 'b1', 'c', 'a3', 'b2', 'a4']);
});

test('who comes later does not pass who waits', async () => {
  const { order, enter, leave } = line(new Shares({ total: 1, each: 1 }));
  enter('a', 'first');
  await settled();
  enter('a', 'second');
  const left = leave();
  enter('a', 'third');
  await left;
  await leave();
  expect(order).toEqual(['first', 'second', 'third']);
});

test('who gives up leaves the line; where only its time was over, it is told that too much was before it', async () => {
  const shares = new Shares({ total: 1, each: 1 });
  const leave = await shares.enter('a');
  const waits = (reason: Error) => {
    const giveUp = new AbortController();
    const waiting = shares.enter('a', giveUp.signal);
    giveUp.abort(reason);
    return waiting;
  };
  const away = new OutOfTimeError(false);
  await expect(waits(new OutOfTimeError(true))).rejects.toBeInstanceOf(BusyError);
  await expect(waits(away)).rejects.toBe(away);
  const next = shares.enter('a');
  leave();
  leave();
  await next;
  // Given back twice, it is still one.
  const { order, enter } = line(shares);
  enter('b');
  await settled();
  expect(order).toEqual([]);
});

test('a line has an end', async () => {
  const shares = new Shares({ total: 1, each: 1 });
  await shares.enter('a');
  for (let waiting = 0; waiting < 500; waiting += 1) void shares.enter('a');
  await expect(shares.enter('a')).rejects.toBeInstanceOf(BusyError);
});
