import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileResource } from '../../resources/compile.ts';
import { parseDeclaration } from '../../resources/declaration/parse.ts';
import { shippedResource } from '../../resources/shipped.ts';
import { parseCriteria } from './parse.ts';

const devices = shippedResource('devices');
const identities = shippedResource('identities');
const mdmUsers = shippedResource('mdm-users');

const parse = (input: unknown, resource = devices) => parseCriteria(resource, input);
const condition = (field: string, op: string, value: unknown) => ({ field, op, value });

/** The one problem of a criteria. */
function problem(input: unknown, resource = devices): [string, string] {
  const parsed = parse(input, resource);
  if (!('problems' in parsed) || parsed.problems.length !== 1)
    throw new Error(`not one problem: ${JSON.stringify(parsed)}`);
  const [{ field, message } = { field: '', message: '' }] = parsed.problems;
  return [field, message];
}

test('values are brought to the canonical spelling of their field', () => {
  const read = (field: string, op: string, value: unknown) => {
    const parsed = parse(condition(field, op, value));
    return 'criteria' in parsed && 'value' in parsed.criteria ? parsed.criteria.value : parsed;
  };
  expect(read('mac', 'eq', ' 00-1A-2B-3C-4D-5E ')).toBe('00:1a:2b:3c:4d:5e');
  expect(read('mac', 'in', ['001A2B3C4D5E', '001a.2b3c.4d5f'])).toEqual(['00:1a:2b:3c:4d:5e', '00:1a:2b:3c:4d:5f']);
  expect(read('vlan', 'gte', 30)).toBe('30');
  expect(read('vlan', 'ne', '+030')).toBe('30');
  expect(read('ip', 'lt', '2001:DB8::1')).toBe('2001:db8::1');
  expect(read('lastSeen', 'lt', '2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
  expect(read('lastSeen', 'lt', '2026-01-31T10:00:00+01:00')).toBe('2026-01-31T09:00:00.000Z');
  expect(read('action', 'eq', 'BLOCK')).toBe('block');
  expect(read('vendor', 'ne', null)).toBeNull();
  expect(read('vendor', 'exists', false)).toBe(false);
  expect(read('vendor', 'like', ' Apple\\%% ')).toBe(' Apple\\%% ');
});

test('groups nest, a criteria may be an object or its JSON text, and all of nothing is everything', () => {
  const input = {
    all: [condition('site', 'eq', 'Madrid'), { not: { any: [condition('vlan', 'lt', 10), { all: [] }] } }],
  };
  const criteria = {
    all: [condition('site', 'eq', 'Madrid'), { not: { any: [condition('vlan', 'lt', '10'), { all: [] }] } }],
  };
  expect(parse(input)).toEqual({ criteria });
  expect(parse(JSON.stringify(input))).toEqual({ criteria });
  expect(parse({ all: [] })).toEqual({ criteria: { all: [] } });
});

test.each([undefined, null, '', {}, '{}'])('%j is refused: every record must be asked for', (input) => {
  expect(problem(input)).toEqual(['criteria', expect.stringContaining('use {"all": []} to select every record')]);
});

test('every problem is named by its path', () => {
  const parsed = parse({
    all: [
      condition('colour', 'eq', 'red'),
      condition('vendor', 'equals', 'x'),
      { not: condition('vlan', 'like', '1%') },
      { any: [condition('vlan', 'in', [1, 'two'])] },
      { any: {} },
      [],
      { field: 'site', value: 'x' },
      { ...condition('site', 'eq', 'x'), comment: '' },
      { all: [], any: [] },
    ],
  });
  const at = (field: string, ...words: string[]) => ({
    field,
    message: expect.stringMatching(words.map((word) => `(?=.*${word})`).join('')),
  });
  expect(parsed).toEqual({
    problems: [
      at(
        'criteria.all[0].field',
        'found "colour"',
        'mac, ip, hostname, vendor, vlan, site, firstSeen, lastSeen, action',
      ),
      at('criteria.all[1].op', '"equals"', 'eq, ne, lt, lte, gt, gte, in, like, exists'),
      at('criteria.all[2].not.op', 'vlan', 'like', 'eq, ne, lt, lte, gt, gte, in, exists'),
      at('criteria.all[3].any[0].value[1]', 'vlan', 'a whole number from 0 to 4094', '"two"'),
      at('criteria.all[4].any', 'must be an array', 'an object'),
      at('criteria.all[5]', 'condition', 'an array'),
      at('criteria.all[6].op', 'found nothing'),
      at('criteria.all[7]', '"comment"', '"field", "op" and "value"'),
      at('criteria.all[8]', '"any"', '"all"'),
    ],
  });
});

test.each([
  ['mac', 'eq', 'router', 'mac must be a MAC address such as 00:1a:2b:3c:4d:5e; found "router"'],
  ['vlan', 'eq', 4095, 'vlan must be a whole number from 0 to 4094; found 4095'],
  ['vlan', 'eq', 1.5, 'vlan must be a whole number from 0 to 4094; found 1.5'],
  ['action', 'eq', 'blocked', 'action must be one of block, deny, throttle, monitor, allow; found "blocked"'],
  ['lastSeen', 'gt', 'noon', /^lastSeen must be a timestamp such as .*; found "noon"$/],
  ['vendor', 'eq', { deep: [] }, 'vendor must be text; found an object'],
  ['vendor', 'eq', undefined, 'vendor must be text; found nothing'],
  ['vendor', 'eq', '  ', /never blank/],
  ['vendor', 'eq', 'a\0b', /^vendor must be text; found "a b"$/],
  ['vendor', 'eq', 'x'.repeat(257), /at most 256 characters; found 257: "x{120}…"$/],
  ['vendor', 'gt', null, /null can only be compared with eq and ne/],
  ['vendor', 'in', [null], /null can only be compared with eq and ne/],
  ['vendor', 'in', [], 'in takes 1 to 1000 values; found 0'],
  ['vendor', 'in', new Array(1001).fill('x'), 'in takes 1 to 1000 values; found 1001'],
  ['vendor', 'in', 'x', 'in takes an array of values; found "x"'],
  ['vendor', 'exists', 'true', 'exists takes true or false; found "true"'],
  ['vendor', 'like', 5, /like takes a string/],
  ['vendor', 'like', 'a\\', /ends with a single backslash/],
  ['vendor', 'like', 'a\\\\\\', /ends with a single backslash/],
  ['vendor', 'like', 'a\0', /NUL character or an unpaired surrogate/],
  ['vendor', 'like', '%'.repeat(1001), /at most 1000 characters/],
])('%s %s of a bad value (case %#) is refused with what is expected', (field, op, value, message) => {
  const [path, found] = problem(condition(field, op, value));
  expect(path).toMatch(/^criteria\.value/);
  if (typeof message === 'string') expect(found).toBe(message);
  else expect(found).toMatch(message);
});

test('a declared field expects what the API shows, not what its files have', () => {
  const fields = [
    { name: 'k' },
    { name: 'open', type: 'boolean', trueValues: ['sí'], falseValues: ['no'] },
    { name: 'on', type: 'date', format: '%d/%m/%Y', constraints: { minimum: '2026-01-01' } },
    { name: 'price', type: 'number', decimalChar: ',' },
    { name: 'days', type: 'list', itemType: 'date' },
  ];
  const parsed = parseDeclaration({ fields, primaryKey: 'k' }, 'things.json');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const things = compileResource(parsed.declaration);
  const told = (field: string, value: unknown) => problem(condition(field, 'eq', value), things)[1];
  expect(told('open', 'sí')).toBe('open must be true or false; found "sí"');
  expect(told('open', 1)).toBe('open must be true or false; found 1');
  expect(told('on', '31/01/2026')).toBe(
    'on must be a date such as 2026-01-31, at least 2026-01-01; found "31/01/2026"',
  );
  expect(told('price', '1,5')).toBe('price must be a number such as 1299.50, without a currency sign; found "1,5"');
  expect(told('days', 'x')).toBe('days must be one entry of the list, a date such as 2026-01-31; found "x"');
});

test('a list is compared by its entries, and free members by name', () => {
  expect(parse(condition('tags', 'eq', ' navy '), mdmUsers)).toEqual({ criteria: condition('tags', 'eq', 'navy') });
  expect(problem(condition('tags', 'eq', 'a|b'), mdmUsers)[1]).toBe('tags must be one entry of the list; found "a|b"');
  expect(problem(condition('tags', 'lt', 'a'), mdmUsers)[1]).toContain('use one of eq, ne, in, like, exists');
  expect(parse(condition('metadata.__proto__', 'eq', 'x'), mdmUsers)).toHaveProperty('criteria');
  expect(parse(condition('metadata.*', 'like', '%x%'), mdmUsers)).toHaveProperty('criteria');
  expect(problem(condition('metadata.*', 'eq', 'x'), mdmUsers)[1]).toContain('use one of like');
  for (const name of ['metadata.', 'metadata', 'metadata.a\0']) {
    expect(problem(condition(name, 'eq', 'x'), mdmUsers)[1]).toContain('metadata.*');
  }
});

test('identities are compared by their ids and by what their documents say', () => {
  expect(parse(condition('document.name.first', 'eq', ' Ada'), identities)).toEqual({
    criteria: condition('document.name.first', 'eq', ' Ada'),
  });
  expect(parse(condition('document.active', 'eq', true), identities)).toEqual({
    criteria: condition('document.active', 'eq', 'true'),
  });
  expect(problem(condition('document.age', 'lt', 9), identities)[1]).toContain('use one of eq, ne, in, like, exists');
  for (const name of ['document', 'document.', 'document..x', '__proto__']) {
    expect(problem(condition(name, 'eq', 'x'), identities)[1]).toContain(
      'must be one of object_id, pulse_id, document.*',
    );
  }
});

test('text that is not JSON is refused with the place', () => {
  expect(problem('{"all": [}')).toEqual(['criteria', 'is not JSON: a value is expected at character 10: "{"all": [}"']);
  expect(problem('"all"')[1]).toContain('found "all"');
});

test('twenty levels and five hundred parts are read, and one more is a problem', () => {
  const nested = (levels: number) => `${'{"not":'.repeat(levels - 1)}{"all":[]}${'}'.repeat(levels - 1)}`;
  expect(parse(nested(20))).toHaveProperty('criteria');
  expect(problem(nested(21))).toEqual([`criteria${'.not'.repeat(20)}`, expect.stringContaining('20 levels')]);
  const wide = (parts: number) => ({ all: new Array(parts - 1).fill(condition('vlan', 'eq', 1)) });
  expect(parse(wide(500))).toHaveProperty('criteria');
  expect(problem(wide(501))).toEqual(['criteria.all[499]', expect.stringContaining('at most 500')]);
});

test('64 KiB of JSON are read, and one byte more is a problem', () => {
  const input = (bytes: number) => {
    const rest = bytes - JSON.stringify(condition('vendor', 'in', ['x'])).length;
    return condition('vendor', 'in', ['x', ...new Array(Math.floor(rest / 204)).fill('y'.repeat(201))]);
  };
  const padded = (bytes: number) => JSON.stringify(input(60_000)).padEnd(bytes, ' ');
  expect(parse(padded(65_536))).toHaveProperty('criteria');
  expect(problem(padded(65_537))).toEqual(['criteria', 'must have at most 65536 bytes of JSON; found 65537']);
  expect(problem(input(66_000))[1]).toMatch(/^must have at most 65536 bytes/);
});

test('hostile input is a problem, never a crash', () => {
  let deep: unknown = { all: [] };
  for (let level = 0; level < 10_000; level += 1) deep = { all: [deep] };
  expect(problem(deep)[1]).toMatch(/levels|bytes/);
  expect(problem('['.repeat(10_000) + ']'.repeat(10_000))[1]).toContain('found an array');
  expect(problem(`${'{"not":'.repeat(8_000)}1${'}'.repeat(8_000)}`)[1]).toContain('20 levels');
  expect(problem(`{"field":"mac","op":"eq","value":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)[1]).toContain(
    'found an array',
  );
  expect(problem('{"__proto__":{"all":[]}}')[1]).toContain('has an unknown member "__proto__"');
  expect(problem(JSON.parse('{"all":[],"__proto__":{"field":"mac"}}'))[1]).toContain('"__proto__"');
  for (const name of ['__proto__', 'constructor', 'toString', 'mac; drop table devices', '"mac"', 'MAC']) {
    expect(problem(condition(name, 'eq', 'x'))[1]).toMatch(/^must be one of mac, ip, .*; found /);
    expect(problem(condition('mac', name, 'x'))[1]).toMatch(/^must be one of eq, ne, .*; found /);
  }
});

test('a criteria of nothing but mistakes has a bounded list of them', () => {
  const parsed = parse({ any: new Array(400).fill(condition('x', 'y', 'z')) });
  expect(parsed).toHaveProperty('problems.length', 20);
});

test('any JSON is a criteria or a problem, and what is read reads as itself again', () => {
  const words = fc.constantFrom(
    'all',
    'any',
    'not',
    'field',
    'op',
    'value',
    'mac',
    'vlan',
    'eq',
    'in',
    'like',
    '__proto__',
  );
  const anything = fc.anything({
    key: fc.oneof(words, fc.string()),
    values: [words, fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
    maxDepth: 5,
  });
  fc.assert(
    fc.property(anything, (input) => {
      const text = JSON.stringify(input) ?? '';
      for (const parsed of [parse(text), parse(text === '' ? undefined : JSON.parse(text))]) {
        if ('criteria' in parsed) expect(parse(parsed.criteria)).toEqual(parsed);
        else expect(parsed.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 5000 },
  );
});
