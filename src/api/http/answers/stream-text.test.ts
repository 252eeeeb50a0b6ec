import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { textBody } from './stream-text.ts';

const ANY = { organizationId: 'any' };

async function* texts(count: number, length: number, seen: number[] = []): AsyncGenerator<string> {
  for (let i = 0; i < count; i += 1) {
    seen.push(i);
    yield String(i % 10).repeat(length);
  }
}

test('what is short is a body in one piece', async () => {
  expect(await textBody(texts(0, 1), ANY)).toBe('');
  expect(await textBody(texts(3, 2), ANY)).toBe('001122');
  expect(await textBody(texts(1, 1_000_000), ANY)).toBe('0'.repeat(1_000_000));
});

test('what is long is made as it is taken, and is all there', async () => {
  const seen: number[] = [];
  const body = await textBody(texts(1_000, 10_000, seen), ANY);
  expect(body).toBeInstanceOf(Readable);
  expect(seen.length).toBeLessThan(50);
  const whole = await text(body as Readable);
  expect(whole).toBe(Array.from({ length: 1_000 }, (_, i) => String(i % 10).repeat(10_000)).join(''));
});

test('an error before there is much of it is thrown, and none of it is sent', async () => {
  async function* failing(): AsyncGenerator<string> {
    yield 'begun';
    throw new Error('broken');
  }
  await expect(textBody(failing(), ANY)).rejects.toThrow('broken');
});
