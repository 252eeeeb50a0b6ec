import fc from 'fast-check';
import type { Field } from '../../src/resources/declaration/declaration.ts';

const digits = fc.stringMatching(/^[0-9]{1,25}$/);
const decimals = fc.tuple(fc.constantFrom('', '-', '+'), digits, digits).map(([sign, a, b]) => `${sign}${a}.${b}`);
const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.trim())
  .filter((text) => text !== '' && !text.includes('\0'));
const dates = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify({ value }));
/** Fields of all types, and cells that are values of them, as a file has them. */
export const DECLARED_CELLS: readonly [Partial<Field>, fc.Arbitrary<string>][] = [
  [{}, words],
  [{ type: 'any' }, words],
  [{ format: 'uuid' }, fc.uuid().map((text) => text.toUpperCase())],
  [
    { format: 'binary' },
    fc.uint8Array({ maxLength: 20, minLength: 1 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  ],
  [{ type: 'number' }, decimals],
  [{ type: 'number', decimalChar: ',', groupChar: ' ' }, decimals.map((text) => text.replace('.', ','))],
  [{ type: 'integer', constraints: { minimum: -5, maximum: 100 } }, fc.integer({ min: -5, max: 100 }).map(String)],
  [{ type: 'integer' }, fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }).map(String)],
  [{ type: 'boolean', trueValues: ['oui', 'o'], falseValues: ['non'] }, fc.constantFrom('oui', 'o', 'non')],
  [{ type: 'date' }, dates.map((text) => text.slice(0, 10))],
  [{ type: 'date', format: '%d/%m/%Y' }, dates.map((text) => text.replace(/^(\d+)-(\d+)-(\d+).*/, '$3/$2/$1'))],
  [{ type: 'time' }, dates.map((text) => text.slice(11, 23))],
  [{ type: 'datetime' }, dates],
  [{ type: 'year' }, fc.integer({ min: 1_000, max: 9_999 }).map(String)],
  [{ type: 'yearmonth' }, dates.map((text) => text.slice(0, 7))],
  [
    { type: 'duration' },
    fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99)).map(([y, m, d, s]) => `P${y}Y${m}M${d}DT${s}S`),
  ],
  [
    { type: 'list' },
    fc
      .array(words, { maxLength: 4 })
      .map((entries) => entries.join(','))
      .filter((cell) => cell.trim() !== ''),
  ],
  [
    { type: 'list', itemType: 'number', delimiter: ';' },
    fc.array(decimals, { minLength: 1, maxLength: 4 }).map((entries) => entries.join(';')),
  ],
  [
    { type: 'list', itemType: 'boolean' },
    fc.array(fc.constantFrom('true', 'False', '1'), { minLength: 1 }).map((entries) => entries.join(',')),
  ],
  [{ type: 'object' }, json],
  [
    { type: 'geopoint' },
    fc.tuple(fc.integer({ min: -180, max: 180 }), fc.integer({ min: -90, max: 90 })).map((pair) => pair.join(' , ')),
  ],
  [
    { type: 'geopoint', format: 'array' },
    fc
      .tuple(fc.integer({ min: -180, max: 180 }), fc.integer({ min: -90, max: 90 }))
      .map((pair) => JSON.stringify(pair)),
  ],
];
