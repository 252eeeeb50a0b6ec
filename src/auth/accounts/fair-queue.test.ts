import { expect, test } from 'vitest';
import { createFairQueue, QueueFullError } from './fair-queue.ts';

/** Work that ends when it is told to. */
function works() {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      started.push(name);
      ends.push(() => resolve(name));
    });
  const tick = () => new Promise((resolve) => setImmediate(resolve));
  const finishNext = async () => {
    ends.shift()?.();
    await tick();
  };
  return { started, work, finishNext, tick };
}

test('runs as many at once as allowed, and turns rotate among those who ask', async () => {
  const { started, work, finishNext, tick } = works();
  const queue = createFairQueue({ atOnce: 2, waiting: 10 });
  const names = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'];
  const results = names.map((name) => queue.run(name.slice(0, 1), work(name)));
  await tick();
  expect(started).toEqual(['a1', 'a2']);
  for (const _ of names) await finishNext();
  expect(started).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2']);
  expect(await Promise.all(results)).toEqual(names);
});

test('without room the last of who waits for most is refused, and who comes with one is not', async () => {
  const { started, work, finishNext, tick } = works();
  const queue = createFairQueue({ atOnce: 1, waiting: 3 });
  const flood = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => queue.run('a', work(name)).catch((error) => error));
  const other = queue.run('b', work('b1'));
  expect(await flood[4]).toBeInstanceOf(QueueFullError);
  expect(await flood[3]).toBeInstanceOf(QueueFullError);
  await tick();
  for (let i = 0; i < 4; i += 1) await finishNext();
  expect(started).toEqual(['a1', 'a2', 'b1', 'a3']);
  expect(await other).toBe('b1');
});

test('what nobody waits for any more is not done, and what fails makes room for the next', async () => {
  const queue = createFairQueue({ atOnce: 1, waiting: 3 });
  const failing = queue.run('a', () => Promise.reject(new Error('no')));
  let done = false;
  const left = queue.run(
    'a',
    async () => {
      done = true;
    },
    () => true,
  );
  const last = queue.run('a', async () => 'last');
  await expect(failing).rejects.toThrow('no');
  await expect(left).rejects.toThrow(QueueFullError);
  expect([await last, done]).toEqual(['last', false]);
});
