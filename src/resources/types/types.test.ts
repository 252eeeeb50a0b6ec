import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DECLARED_CELLS } from '../../../test/support/declared-cells.ts';
import type { Field } from '../declaration/declaration.ts';
import { type ColumnType, readStandard } from './column-type.ts';
import { canonicalDecimal, compareDecimals } from './decimals.ts';
import { fieldType } from './field-type.ts';
import { compareDurations, duration } from './time/durations.ts';

/** The type of a field that has nothing wrong with it. */
function typeOf(field: Partial<Field>): ColumnType {
  return fieldType(
    { name: 'x', type: 'string', constraints: {}, openbulk: {}, custom: {}, ...field },
    (member, message) => {
      throw new Error(`${member}: ${message}`);
    },
  );
}

/** What is wrong with a field. */
function problemsOf(field: Partial<Field>): string[] {
  const found: string[] = [];
  fieldType({ name: 'x', type: 'string', constraints: {}, openbulk: {}, custom: {}, ...field }, (member, message) => {
    found.push(`${member}: ${message}`);
  });
  return found;
}

test.each<[string, Partial<Field>, string, string | undefined]>([
  ['any text', {}, 'né 1', 'né 1'],
  ['a short text', { constraints: { minLength: 3 } }, '😀😀', undefined],
  ['a URI', { format: 'uri' }, 'https://example.com/a?b#c', 'https://example.com/a?b#c'],
  ['a URI without a host', { format: 'uri' }, 'https://', undefined],
  ['a URI without a scheme', { format: 'uri' }, 'example.com', undefined],
  ['a mail URI', { format: 'uri' }, 'mailto:ada@example.com', 'mailto:ada@example.com'],
  ['a UUID', { format: 'uuid' }, '{123E4567-E89B-12D3-A456-426614174000}', '123e4567-e89b-12d3-a456-426614174000'],
  ['half a UUID', { format: 'uuid' }, '123e4567-e89b', undefined],
  ['bytes', { format: 'binary' }, '3q2+7w==', '\\xdeadbeef'],
  ['bytes without padding', { format: 'binary' }, '3q2+7w', '\\xdeadbeef'],
  ['bytes with bits too many', { format: 'binary' }, '3q2+7x==', undefined],
  ['a number', { type: 'number' }, '+01.50', '1.5'],
  ['a number with an exponent', { type: 'number' }, '-1.5E3', '-1500'],
  ['a number of many digits', { type: 'number' }, '12345678901234567890.123', '12345678901234567890.123'],
  ['no number', { type: 'number' }, 'NaN', undefined],
  ['a number of another country', { type: 'number', decimalChar: ',', groupChar: '.' }, '1.234.567,50', '1234567.5'],
  ['a mark in the wrong place', { type: 'number', decimalChar: ',', groupChar: '.' }, '1.5', undefined],
  ['a mark of blank', { type: 'number', groupChar: ' ' }, '1\u202f234', '1234'],
  ['a price', { type: 'number', bareNumber: false }, 'EUR -95.5 each', '-95.5'],
  ['a share', { type: 'number', bareNumber: false, decimalChar: ',' }, '9,5%', '9.5'],
  ['too small a number', { type: 'number', constraints: { minimum: 0 } }, '-0.1', undefined],
  ['just the bound', { type: 'number', constraints: { exclusiveMaximum: '1.5' } }, '1.50', undefined],
  ['a whole number', { type: 'integer' }, '0042', '42'],
  ['a large whole number', { type: 'integer' }, '999999999999999999', '999999999999999999'],
  ['too large a whole number', { type: 'integer' }, '1000000000000000000', undefined],
  ['a grouped whole number', { type: 'integer', groupChar: ',' }, '1,234', '1234'],
  ['a whole number above a bound', { type: 'integer', constraints: { exclusiveMinimum: 3 } }, '3', undefined],
  ['true', { type: 'boolean' }, 'TRUE', 't'],
  ['yes', { type: 'boolean', trueValues: ['oui'], falseValues: ['non'] }, 'non', 'f'],
  ['neither', { type: 'boolean' }, 'yes', undefined],
  ['a date', { type: 'date', format: '%d/%m/%Y' }, '3/2/2026', '2026-02-03'],
  ['no such date', { type: 'date', format: '%d/%m/%Y' }, '31/02/2026', undefined],
  ['another format', { type: 'date', format: '%d/%m/%Y' }, '2026-02-03', undefined],
  ['a date by letters', { type: 'date', format: 'DD/MM/YYYY' }, '03/02/2026', '2026-02-03'],
  ['a date with a month', { type: 'date', format: '%d %b %Y' }, '3 FEB 2026', '2026-02-03'],
  ['a date with a weekday', { type: 'date', format: '%A, %d. %B %y' }, 'Tuesday, 3. February 26', '2026-02-03'],
  ['a date too early', { type: 'date', constraints: { minimum: '2026-01-01' } }, '2025-12-31', undefined],
  ['a time', { type: 'time' }, '09:30:00.500', '09:30:00.5'],
  ['a time without seconds', { type: 'time' }, '09:30', undefined],
  ['a time of the afternoon', { type: 'time', format: '%I:%M %p' }, '1:05 pm', '13:05:00'],
  ['a moment', { type: 'datetime', format: 'DD/MM/YYYY HH:mm' }, '03/02/2026 09:30', '2026-02-03T09:30:00.000Z'],
  [
    'a moment of elsewhere',
    { type: 'datetime', format: '%d/%m/%Y %H:%M:%S%z' },
    '03/02/2026 09:30:00+0200',
    '2026-02-03T07:30:00.000Z',
  ],
  ['a year', { type: 'year' }, '0044', '44'],
  ['a year before', { type: 'year' }, '-0044', '-44'],
  ['no year', { type: 'year' }, '44', undefined],
  ['a month', { type: 'yearmonth' }, '2026-02', '2026-02'],
  ['no month', { type: 'yearmonth' }, '2026-13', undefined],
  ['a duration', { type: 'duration' }, 'P14M', 'P1Y2M'],
  ['a long duration', { type: 'duration' }, 'PT36H90.50S', 'P1DT12H1M30.5S'],
  ['nothing long', { type: 'duration' }, '-P0D', 'PT0S'],
  ['no duration', { type: 'duration' }, 'P', undefined],
  ['no time of a duration', { type: 'duration' }, 'P1DT', undefined],
  ['too short a duration', { type: 'duration', constraints: { minimum: 'P1M' } }, 'P27D', undefined],
  ['a duration that cannot be told', { type: 'duration', constraints: { minimum: 'P1M' } }, 'P30D', undefined],
  ['a list', { type: 'list' }, 'a, b,', '{"a","b"}'],
  ['a list of numbers', { type: 'list', itemType: 'integer', delimiter: ';' }, '1;02', '{1,2}'],
  ['a list with something else', { type: 'list', itemType: 'integer' }, '1,x', undefined],
  ['a list of moments', { type: 'list', itemType: 'datetime' }, '2026-02-03', '{"2026-02-03T00:00:00.000Z"}'],
  ['a list of texts with hyphens', { type: 'list', delimiter: '-' }, 'a-b', '{"a","b"}'],
  ['a list of numbers with hyphens', { type: 'list', itemType: 'number', delimiter: ' - ' }, '1 - -2', '{1,-2}'],
  ['a short list', { type: 'list', constraints: { minLength: 2 } }, 'a', undefined],
  [
    'a list with a comma in it',
    { type: 'list', delimiter: '|', constraints: { maxLength: 2 } },
    'a,b|"c"',
    '{"a,b","\\"c\\""}',
  ],
  ['an object', { type: 'object' }, '{"bb":1.50,"a":[1e2,null]}', '{"a": [100, null], "bb": 1.5}'],
  ['no object', { type: 'object' }, '[1]', undefined],
  ['half a character', { type: 'object' }, '{"a":"\\ud800"}', undefined],
  ['NUL', { type: 'object' }, '{"a":"\\u0000"}', undefined],
  ['a number that no double is', { type: 'array' }, '[9007199254740993]', '[9007199254740993]'],
  ['too deep', { type: 'array' }, '['.repeat(1_000) + ']'.repeat(1_000), undefined],
  ['as the schema says', { type: 'object', constraints: { jsonSchema: { required: ['a'] } } }, '{"a":1}', '{"a": 1}'],
  [
    'not as the schema says',
    { type: 'object', constraints: { jsonSchema: { required: ['a'] } } },
    '{"b":1}',
    undefined,
  ],
  [
    'twice the same',
    { type: 'array', constraints: { jsonSchema: { uniqueItems: true } } },
    '[{"a":1,"b":2},{"b":2,"a":1}]',
    undefined,
  ],
  ['a place', { type: 'geopoint' }, '90.50,45.50', '90.5, 45.5'],
  ['no place', { type: 'geopoint' }, '45.5, 90.5', undefined],
  ['a place in an array', { type: 'geopoint', format: 'array' }, '[90.50, 45.50]', '[90.5, 45.5]'],
  [
    'a place in an object',
    { type: 'geopoint', format: 'object' },
    '{"lon": 90.50, "lat": 45.50}',
    '{"lat": 45.5, "lon": 90.5}',
  ],
  ['a place too many', { type: 'geopoint', format: 'object' }, '{"lon": 90.50, "lat": 45.50, "alt": 1}', undefined],
  ['GeoJSON', { type: 'geojson' }, '{"type":"Point","coordinates":[1,2]}', '{"type": "Point", "coordinates": [1, 2]}'],
  ['no GeoJSON', { type: 'geojson' }, '{"type":"Polygon","coordinates":[1,2]}', undefined],
  [
    'TopoJSON',
    { type: 'geojson', format: 'topojson' },
    '{"type":"Topology","objects":{},"arcs":[]}',
    '{"arcs": [], "type": "Topology", "objects": {}}',
  ],
  ['anything', { type: 'any' }, '1.50', '1.50'],
  ['one of some', { constraints: { enum: ['a', 'b'] } }, 'b', 'b'],
  ['none of some', { constraints: { enum: ['a', 'b'] } }, 'B', undefined],
  ['one of some numbers', { type: 'number', constraints: { enum: [1.5, '2'] } }, '1.50', '1.5'],
  ['a category', { type: 'integer', categories: [{ value: 1, label: 'low' }] }, '2', undefined],
  ['a choice in any case', { constraints: { enum: ['Low', 'High'] }, openbulk: { format: 'choice' } }, 'HIGH', 'High'],
  ['in small letters', { openbulk: { normalise: ['lowerCase', 'nfc'] } }, 'E\u0301A', 'éa'],
])('%s', (_what, field, cell, canonical) => {
  expect(typeOf(field).canonical(cell)).toBe(canonical);
});

test.each<[Partial<Field>, string]>([
  [{ type: 'date', format: 'any' }, '/format: The format any is ambiguous'],
  [{ type: 'date', format: '%d/%m' }, 'it does not name the year'],
  [{ type: 'date', format: '%d/%m/%Y %q' }, 'it has the directive %q, which is not read here'],
  [{ type: 'time', format: '%d %H:%M' }, 'a time has no day'],
  [{ type: 'datetime', format: '%Y-%m-%d %I:%M' }, '%I needs %p'],
  [
    { type: 'list', itemType: 'integer', delimiter: '-' },
    '/delimiter: "-" can be part of an entry of the type integer',
  ],
  [{ type: 'list', itemType: 'time', delimiter: ':' }, '/delimiter: ":" can be part of an entry of the type time'],
  [{ type: 'list', itemType: 'boolean', delimiter: 'e' }, '/delimiter: "e" can be part of an entry'],
  [{ format: 'url' }, '"url" is not a format of the type string'],
  [{ type: 'number', decimalChar: ',', groupChar: ',' }, 'is both the decimal and the group character'],
  [{ type: 'number', decimalChar: '\u200b' }, 'has an invisible character'],
  [{ type: 'boolean', trueValues: ['x'], falseValues: ['x'] }, '"x" is in trueValues and in falseValues'],
  [{ type: 'number', constraints: { minimum: 2, maximum: 1 } }, 'No value is between minimum and maximum'],
  [{ type: 'date', constraints: { minimum: 'soon' } }, '"soon" is not a valid value of the field'],
  [{ type: 'boolean', constraints: { maxLength: 3 } }, 'Values of the type boolean have no maxLength'],
  [{ type: 'integer', constraints: { enum: [1, 'x'] } }, '/constraints/enum/1: "x" is not a valid value'],
  [{ constraints: { enum: ['a', 'c'] }, categories: [{ value: 'a' }] }, '"c" is not one of the categories'],
  [{ constraints: { pattern: '(?=a)' } }, 'The pattern cannot be used'],
  [
    { type: 'object', constraints: { jsonSchema: { $ref: 'https://example.com/x' } } },
    'The JSON Schema cannot be used',
  ],
  [{ type: 'object', constraints: { jsonSchema: { pattern: '(?=a)' } } }, 'The JSON Schema cannot be used'],
  [{ openbulk: { format: 'choice' } }, 'The choice has no values'],
  [{ type: 'date', openbulk: { format: 'mac-address' } }, '/openbulk/format: It does not apply to the type date'],
])('of %j it is said that %s', (field, message) => {
  expect(problemsOf(field).join('\n')).toContain(message);
});

test('a JSON Schema with patterns that explode ends at once', () => {
  const type = typeOf({ type: 'array', constraints: { jsonSchema: { items: { pattern: '^(a+)+$' } } } });
  const before = process.cpuUsage();
  expect(type.canonical(JSON.stringify([`${'a'.repeat(5_000)}!`]))).toBeUndefined();
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
});

test.each<[Partial<Field>, ColumnType['sql']]>([
  [{ type: 'integer', constraints: { minimum: 0, maximum: 10 } }, 'integer'],
  [{ type: 'integer', constraints: { minimum: 0 } }, 'bigint'],
  [{ type: 'integer', constraints: { maximum: 9_999_999_999 } }, 'bigint'],
  [{ type: 'integer', constraints: { minimum: 0, maximum: '99999999999999999999' } }, 'numeric'],
])('the whole numbers of %j are %s', (field, sql) => {
  expect(typeOf(field).sql).toBe(sql);
});

test('what is canonical reads as itself, and so does what a file of it says', () => {
  for (const [field, cells] of DECLARED_CELLS) {
    const type = typeOf(field);
    fc.assert(
      fc.property(cells, (cell) => {
        const canonical = type.canonical(cell) as string;
        expect(canonical).toBeTypeOf('string');
        if (!type.list) expect(readStandard(type, canonical)).toBe(canonical);
      }),
      { numRuns: 50 },
    );
  }
});

test.each<[Partial<Field>, string, string]>([
  [{ type: 'date', format: '%d/%m/%y' }, '1923-02-01', '1923-02-01'],
  [{ type: 'date', format: '%d/%m/%y' }, '2023-02-01', '01/02/23'],
  [{ type: 'date', format: '%D' }, '1968-12-31', '1968-12-31'],
  [{ type: 'date', format: '%-d%-m%Y' }, '2026-11-01', '2026-11-01'],
  [{ type: 'date', format: '%-m1%-d/%Y' }, '2026-01-12', '2026-01-12'],
  [{ type: 'time', format: 'HH:mm' }, '09:30:15', '09:30:15'],
  [{ type: 'time', format: '%H:%M:%S' }, '09:30:15.25', '09:30:15.25'],
  [{ type: 'datetime', format: 'DD/MM/YYYY HH:mm' }, '2026-02-03T09:30:15.000Z', '2026-02-03T09:30:15.000Z'],
  [{ type: 'datetime', format: 'DD/MM/YYYY HH:mm' }, '2026-02-03T09:30:00.000Z', '03/02/2026 09:30'],
  // A bound does not hide what the cell would be.
  [{ type: 'date', format: '%y-%m-%d', constraints: { maximum: '1950-01-01' } }, '1923-02-01', '1923-02-01'],
])('of %j, %s is exported as %s', (field, value, cell) => {
  expect(typeOf(field).spell?.(value)).toBe(cell);
});

test('an exported date or time is read as itself, or refused', () => {
  const moment = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const parts = {
    date: ['%Y', '%y', '%m', '%-m', '%b', '%d', '%-d', '%a'],
    time: ['%H', '%-H', '%I', '%p', '%M', '%S', '%f'],
    datetime: ['%Y', '%y', '%m', '%B', '%d', '%-d', '%H', '%-H', '%I', '%p', '%M', '%S', '%f', '%z'],
  };
  const kind = fc.constantFrom('date', 'time', 'datetime');
  const format = kind.chain((type) =>
    fc
      .tuple(fc.shuffledSubarray(parts[type], { minLength: 2 }), fc.array(fc.constantFrom('', '', '/', ' ', '1', ':')))
      .map(([directives, between]) => ({
        type,
        format: directives.map((each, at) => `${each}${between[at] ?? ''}`).join(''),
      })),
  );
  let tried = 0;
  fc.assert(
    fc.property(format, moment, (field, iso) => {
      if (problemsOf(field).length > 0) return;
      tried += 1;
      const type = typeOf(field);
      const value = { date: iso.slice(0, 10), time: iso.slice(11, 23), datetime: iso }[field.type];
      const cell = type.spell?.(value) ?? value;
      const read = type.canonical(cell);
      if (read !== undefined) expect([field.format, cell, read]).toEqual([field.format, cell, type.standard?.(value)]);
    }),
    { numRuns: 20_000 },
  );
  expect(tried).toBeGreaterThan(100);
});

test('numbers are equal exactly when their spellings are, and ordered as they are', () => {
  const value = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(20));
  /** The value times 10^20, and a spelling with zeros that say nothing. */
  const spelled = ([whole, places]: readonly [bigint, number], zeros: number) => {
    const text = String(whole < 0n ? -whole : whole).padStart(places + 1, '0');
    const at = text.length - places;
    return `${whole < 0n ? '-' : ''}${'0'.repeat(zeros)}${text.slice(0, at)}.${text.slice(at)}${'0'.repeat(zeros)}`;
  };
  fc.assert(
    fc.property(value, value, fc.nat(3), (a, b, zeros) => {
      const [left, right] = [canonicalDecimal(spelled(a, zeros)) as string, canonicalDecimal(spelled(b, 0)) as string];
      const exact = ([whole, places]: readonly [bigint, number]) => whole * 10n ** BigInt(20 - places);
      const difference = exact(a) - exact(b);
      expect(left === right).toBe(difference === 0n);
      expect(Math.sign(compareDecimals(left, right))).toBe(difference < 0n ? -1 : Number(difference > 0n));
      expect(canonicalDecimal(left)).toBe(left);
      expect(canonicalDecimal(`${spelled(a, zeros)}e0`)).toBe(left);
    }),
  );
});

test('durations are equal exactly when their spellings are', () => {
  const part = fc.nat(40);
  const some = fc.tuple(part, part, part, part, part, part);
  const spelled = ([y, mo, d, h, mi, s]: number[]) =>
    duration.canonical(`P${y}Y${mo}M${d}DT${h}H${mi}M${s}S`) as string;
  const value = ([y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0]: number[]) =>
    [y * 12 + mo, ((d * 24 + h) * 60 + mi) * 60 + s].join();
  fc.assert(
    fc.property(some, some, (a, b) => {
      expect(spelled(a) === spelled(b)).toBe(value(a) === value(b));
      expect(compareDurations(spelled(a), spelled(a))).toBe(0);
    }),
  );
  expect([compareDurations('P1M', 'P32D'), compareDurations('P1M', 'P30D'), compareDurations('P1Y', 'P364D')]).toEqual([
    -1,
    undefined,
    1,
  ]);
});

test('durations are ordered as the moments are to which they lead from four starts', () => {
  const starts = [Date.UTC(1696, 8), Date.UTC(1697, 1), Date.UTC(1903, 2), Date.UTC(1903, 6)];
  const some = fc.tuple(fc.boolean(), fc.nat(40), fc.nat(1_300), fc.nat(86_400));
  const spelled = ([minus, m, d, s]: readonly [boolean, number, number, number]) =>
    duration.canonical(`${minus ? '-' : ''}P${m}M${d}DT${s}S`) as string;
  const led = (start: number, [minus, m, d, s]: readonly [boolean, number, number, number]) => {
    const sign = minus ? -1 : 1;
    const moment = new Date(start);
    moment.setUTCMonth(moment.getUTCMonth() + sign * m);
    return moment.getTime() + sign * (d * 86_400 + s) * 1_000;
  };
  fc.assert(
    fc.property(some, some, (a, b) => {
      const signs = new Set(starts.map((start) => Math.sign(led(start, a) - led(start, b))));
      expect(compareDurations(spelled(a), spelled(b))).toBe(signs.size === 1 ? [...signs][0] : undefined);
    }),
    { numRuns: 1_000 },
  );
});
