import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shippedResource } from '../../resources/shipped.ts';
import { compileCriteria } from './compile.ts';
import type { Criteria } from './criteria.ts';
import { parseCriteria } from './parse.ts';

const devices = shippedResource('devices');
const identities = shippedResource('identities');
const mdmUsers = shippedResource('mdm-users');

test('a criteria becomes a condition that carries its values', () => {
  const criteria: Criteria = {
    all: [
      { field: 'vendor', op: 'like', value: 'apple%' },
      {
        not: {
          any: [
            { field: 'vlan', op: 'in', value: ['1', '2'] },
            { field: 'ip', op: 'exists', value: false },
          ],
        },
      },
    ],
  };
  expect(compileCriteria(devices, criteria, 't')).toMatchObject({
    text: '((t.vendor ilike $1::text) and (((t.vlan = any($2::integer[])) or (t.ip is null)) is not true))',
    values: ['apple%', ['1', '2']],
  });
  expect(compileCriteria(devices, { all: [] }, 't')).toMatchObject({ text: '(true)', values: [] });
  expect(compileCriteria(devices, { any: [] }, 't')).toMatchObject({ text: '(false)', values: [] });
});

test('text is ordered by code points, whatever collation the database has', () => {
  const criteria: Criteria = { field: 'vendor', op: 'lt', value: 'b' };
  expect(compileCriteria(devices, criteria, 't').text).toBe('(t.vendor collate "C" < $1::text)');
});

test('a criteria of another resource is refused', () => {
  const criteria: Criteria = { field: 'vendor', op: 'exists', value: true };
  expect(() => compileCriteria(mdmUsers, criteria, 't')).toThrow('mdm-users has no field vendor');
});

test('whatever the input says, the SQL is made of our own words only', () => {
  const columns = [...devices.columns, ...mdmUsers.columns, ...identities.columns].map(({ sql }) => sql);
  const words = ['and', 'or', 'is', 'not', 'null', 'true', 'false', 'distinct', 'from', 'ilike', 'any', 'collate "C"'];
  words.push('exists', 'select', 'where', 'unnest', 'jsonb_each_text', 'v', 'v\\.value');
  const types = [
    'text',
    'integer',
    'timestamptz',
    'inet',
    'text\\[\\]',
    'integer\\[\\]',
    'timestamptz\\[\\]',
    'inet\\[\\]',
  ];
  const token = [
    ...[...columns, 'metadata', 'document'].map((column) => `t\\.${column}(?![a-z_])`),
    ...words.map((word) => `${word}(?![a-z_])`),
    ...types.map((type) => `::${type}(?![a-z_[])`),
    '\\$\\d+',
    '[()=<>]|<=|>=|&&|#>>| ',
  ];
  const known = new RegExp(`^(?:${token.join('|')})+$`);
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom("'; drop table devices; --", '$1', '1 or true', '") or (true', 'mac'),
  );
  const texts = fc.oneof(
    hostile,
    hostile.map((text) => `x${text}`),
  );
  const operators = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'like', 'in', 'exists');
  const conditions = fc
    .record({
      resource: fc.constantFrom(devices, mdmUsers, identities),
      prefix: fc.constantFrom('', 'metadata.', 'document.', 'vendor', 'tags', 'object_id'),
      text: texts,
      plain: fc.boolean(),
      op: operators,
      value: texts,
    })
    .map(({ resource, prefix, text, plain, op, value }) => ({
      resource,
      input: {
        not: {
          any: [
            {
              field: plain ? prefix : prefix + text,
              op,
              value: op === 'in' ? [value] : op === 'exists' ? true : value,
            },
          ],
        },
      },
    }));
  let compiled = 0;
  fc.assert(
    fc.property(conditions, ({ resource, input }) => {
      const parsed = parseCriteria(resource, input);
      if (!('criteria' in parsed)) return;
      compiled += 1;
      const { text, values } = compileCriteria(resource, parsed.criteria, 't');
      expect(text).toMatch(known);
      expect(text.match(/\$\d+/g)?.length ?? 0).toBe(values.length);
    }),
    { numRuns: 5000 },
  );
  expect(compiled).toBeGreaterThan(500);
});
