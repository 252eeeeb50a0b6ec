import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fairTurns } from './fair-turns.ts';

test('a few are worked on at once, and the one piece of one comes before the last of the many of another', async () => {
  const turns = fairTurns({ atOnce: 2, milliseconds: 60_000 });
  let working = 0;
  let most = 0;
  const order: string[] = [];
  const piece = (key: string) =>
    turns.run(key, async () => {
      working += 1;
      most = Math.max(most, working);
      await sleep(1);
      order.push(key);
      working -= 1;
    });
  await Promise.all([...Array.from({ length: 20 }, () => piece('many')), piece('one')]);
  expect([most, order.length]).toEqual([2, 21]);
  expect(order.indexOf('one')).toBeLessThan(5);
});

test('what is slow holds up nobody for longer than its time, and what fails not at all', async () => {
  const turns = fairTurns({ atOnce: 1, milliseconds: 1_000 });
  let goOn = () => {};
  const slow = turns.run('slow', () => new Promise<void>((resolve) => (goOn = resolve)));
  await expect(turns.run('other', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await turns.run('other', async () => 'done')).toBe('done');
  goOn();
  await slow;
  // The slow one gave its place back once, not twice.
  let working = 0;
  await Promise.all(
    ['a', 'b', 'c'].map((key) =>
      turns.run(key, async () => {
        working += 1;
        expect(working).toBe(1);
        await sleep(1);
        working -= 1;
      }),
    ),
  );
});
