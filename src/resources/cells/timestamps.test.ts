import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timestamp } from '../types/time/moments.ts';

const read = timestamp.canonical;

test.each([
  ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31t09:00:00z', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31T09:00:00.5Z', '2026-01-31T09:00:00.500Z'],
  ['2026-01-31T09:00:00.123987+00:00', '2026-01-31T09:00:00.123Z'],
  ['2026-01-31T00:30:00+02:00', '2026-01-30T22:30:00.000Z'],
  ['2026-01-31T23:30:00-0230', '2026-02-01T02:00:00.000Z'],
  ['2026-01-31 09:00:00.25+01', '2026-01-31T08:00:00.250Z'],
  ['2026-01-31 09:00:00 +01:00', '2026-01-31T08:00:00.000Z'],
  ['2026-01-31 09:00:07', '2026-01-31T09:00:07.000Z'],
  ['2026-01-31 09:00', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31T09:00', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ['0099-06-01T12:00:00Z', '0099-06-01T12:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s is the moment %s', (cell, moment) => {
  expect(read(cell)).toBe(moment);
});

test.each([
  'yesterday',
  '2026-02-29',
  '2026-02-29T00:00:00Z',
  '2026-13-01 10:00',
  '2026-01-31T24:00:00Z',
  '2026-01-31T09:60:00Z',
  '2026-01-31T09:00:61Z',
  '2026-01-31T09:00:00+24:00',
  '2026-01-31T09:00:00+01:60',
  '2026-01-31T9:00:00Z',
  '2026-01-31T09:00:00.Z',
  '2026-01-31T09',
  '2026-01-31T25:00',
  '2026-01-31T09:00:00Zulu',
  '2026-01-31T09:00:00ZZ',
  '0000-01-01',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '1769850000',
  '09:00',
])('%s is no moment', (cell) => {
  expect(read(cell)).toBeUndefined();
});

test('equal instants have one canonical text, however and with whatever offset they are written', () => {
  const two = (number: number) => String(number).padStart(2, '0');
  const writings = fc.record({
    offset: fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }),
    separator: fc.constantFrom('T', 't', ' '),
    colon: fc.constantFrom(':', ''),
    zulu: fc.boolean(),
  });
  const instants = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(instants, writings, (instant, { offset, separator, colon, zulu }) => {
      const local = new Date(instant.getTime() + (zulu ? 0 : offset) * 60_000).toISOString().slice(0, -1);
      const minutes = Math.abs(offset);
      const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
      expect(read(local.replace('T', separator) + (zulu ? 'Z' : zone))).toBe(instant.toISOString());
    }),
    { numRuns: 2000 },
  );
});

test('any text is a moment or none, and a canonical text is its own', () => {
  const pieces = fc.constantFrom('2026', '-', '01', '31', 'T', ' ', '09', ':', '00', '60', '.', '5', '+', 'Z', '0');
  const texts = fc.array(pieces, { maxLength: 16 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(fc.string(), texts), (text) => {
      const moment = read(text);
      if (moment !== undefined) expect(read(moment)).toBe(moment);
    }),
    { numRuns: 5000 },
  );
});
