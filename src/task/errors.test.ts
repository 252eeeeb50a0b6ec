import { expect, test } from 'vitest';
import { shown } from './errors.ts';

test('a value is shown quoted, on one line, cut at 120 characters and never in the middle of one', () => {
  expect(shown('')).toBe('""');
  expect(shown('a\r\nb\tc\u0000d\u009be\u2028f')).toBe('"a b c d e f"');
  expect(shown('x'.repeat(120))).toBe(`"${'x'.repeat(120)}"`);
  expect(shown('😀'.repeat(121))).toBe(`"${'😀'.repeat(120)}…"`);
  expect(shown('y'.repeat(1_000_000))).toBe(`"${'y'.repeat(120)}…"`);
});
