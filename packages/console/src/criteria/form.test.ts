import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import devices from '../../../../src/resources/shipped/devices.json' with { type: 'json' };
import { findColumn, toRecordResource } from '../catalogue/record-resource.ts';
import { type Criteria, operators, readCriteria } from './criteria.ts';
import { everything, jsonOf, typed } from './draft.ts';
import { choicesOf, type FormPart, gapsIn, inGroup, matches, toCriteria, toForm } from './form.ts';
import { findJsonFault } from './json-fault.ts';

const resource = toRecordResource(
  { name: 'devices', declaration: devices, recordMembers: {} },
  { language: 'en', yes: 'Yes', no: 'No' },
);
const kindOf = (field: string) => findColumn(resource, field)?.kind ?? 'text';

const fields = fc.constantFrom(...resource.columns.map(({ name }) => name), 'unheard-of', '');
const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('%', '_', '\\', 'a', '\n', ' ', '1', '.') }),
  fc.constantFrom('block', '30', '00:1a:2b:3c:4d:5e', '2026-01-31T09:00:00Z', '%%', '%', '%a\\%b%', '\\'),
);
const scalars = fc.oneof(
  texts,
  fc.integer({ min: -5, max: 4_100 }),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);

const conditions = fc.record({
  field: fields,
  op: fc.constantFrom(...operators),
  value: fc.oneof(scalars, fc.array(scalars, { maxLength: 4 })),
});

/** Any criteria that the API could be given, and some that it would refuse. */
const criteria = fc.letrec<{ part: Criteria }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    conditions,
    fc.record({ all: fc.array(tie('part'), { maxLength: 4 }) }),
    fc.record({ any: fc.array(tie('part'), { maxLength: 4 }) }),
    fc.record({ not: tie('part') }),
  ),
})).part;

/** Any form that a person could fill in. */
const forms = fc.letrec<{ part: FormPart }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 4 },
    fields.chain((field) =>
      fc.record({
        kind: fc.constant('condition' as const),
        field: fc.constant(field),
        choice: fc.constantFrom(...choicesOf[kindOf(field)]),
        text: texts,
      }),
    ),
    fc.record({
      kind: fc.constant('group' as const),
      match: fc.constantFrom(...matches),
      parts: fc.array(tie('part'), { maxLength: 4 }),
    }),
  ),
})).part;

/** Numbers, true and false as their text, which is the same to the server. */
function asText(given: unknown): unknown {
  return JSON.parse(
    JSON.stringify(given, (_, each) => (typeof each === 'number' || typeof each === 'boolean' ? String(each) : each)),
  );
}

describe('the form and the JSON of a criteria are two views of the same', () => {
  test('what is written as JSON is said by the form, and comes out of it exactly as it was', () => {
    fc.assert(
      fc.property(criteria, (given) => {
        const json = JSON.stringify(given);
        const draft = typed(everything, json, resource);
        expect(draft.fault).toBeUndefined();
        expect(jsonOf(draft, resource)).toBe(json);
        expect(asText(toCriteria(draft.form, kindOf))).toEqual(asText(JSON.parse(json)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('what is filled in is said by the JSON, and read from it means the same', () => {
    fc.assert(
      fc.property(forms, (form) => {
        const json = jsonOf({ form }, resource);
        const read = typed(everything, json, resource);
        expect(read.fault).toBeUndefined();
        expect(toCriteria(read.form, kindOf)).toEqual(toCriteria(form, kindOf));
      }),
      { numRuns: 2_000 },
    );
  });

  test('the usual comparisons are said in words, not left as JSON', () => {
    const said = (given: Criteria) => toForm(given, kindOf);
    const condition = (field: string, choice: string, text: string) => ({ kind: 'condition', field, choice, text });
    expect(said({ field: 'vlan', op: 'gt', value: 30 })).toEqual(condition('vlan', 'more', '30'));
    expect(said({ field: 'vlan', op: 'gt', value: '30' })).toEqual(condition('vlan', 'more', '30'));
    expect(said({ field: 'hostname', op: 'like', value: '%50\\%%' })).toEqual(condition('hostname', 'contains', '50%'));
    expect(said({ field: 'ip', op: 'like', value: '10.0.%' })).toEqual(condition('ip', 'begins', '10.0.'));
    expect(said({ field: 'site', op: 'like', value: 'a_c%' })).toEqual(condition('site', 'matches', 'a_c%'));
    expect(said({ not: { field: 'site', op: 'in', value: ['a', 'b'] } })).toEqual(condition('site', 'noneOf', 'a\nb'));
    expect(said({ field: 'action', op: 'exists', value: false })).toEqual(condition('action', 'absent', ''));
    expect(said({ not: { any: [] } })).toEqual({ kind: 'group', match: 'none', parts: [] });
    expect(said({ field: 'site', op: 'eq', value: null })).toMatchObject({ kind: 'raw' });
  });

  test('a text with a fault leaves the form as it was, and is kept as it was typed', () => {
    const before = typed(everything, '{"field":"site","op":"eq","value":"Madrid"}', resource);
    const after = typed(before, '{"field":"site",', resource);
    expect(after).toMatchObject({ form: before.form, json: '{"field":"site",', fault: { kind: 'json' } });
    expect(jsonOf(after, resource)).toBe('{"field":"site",');
  });
});

test('what is wrong with a text is told by where it is', () => {
  const fault = (text: string) => {
    const read = readCriteria(text);
    return 'fault' in read ? read.fault : undefined;
  };
  expect(fault('{\n  "all": [\n    oops\n  ]\n}')).toEqual({ kind: 'json', place: { line: 3, column: 5 } });
  expect(fault('{"all": [')).toEqual({ kind: 'json', place: { line: 1, column: 10 } });
  expect(fault('{"all": [{"field": "site", "op": "is", "value": 1}]}')).toEqual({
    kind: 'op',
    path: 'criteria.all[0].op',
  });
  expect(fault('{"not": {"any": {}}}')).toEqual({ kind: 'list', path: 'criteria.not.any' });
  expect(fault('{"all": [], "any": []}')).toEqual({ kind: 'other', path: 'criteria', member: 'any' });
  expect(fault('{"field": "a", "op": "eq", "value": {}}')).toEqual({ kind: 'value', path: 'criteria.value' });
  expect(fault(`${'{"not":'.repeat(5_000)}{"all":[]}${'}'.repeat(5_000)}`)).toMatchObject({ kind: 'deep' });
  expect([fault('{}'), fault('[]'), fault('7')]).toMatchObject([{ kind: 'empty' }, { kind: 'part' }, { kind: 'part' }]);
});

test('where a text stops being JSON is found, whatever is wrong with it', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', '}', ']', ',', ':', '"', 'x', '1', ' ', '\n'))
    .map(([json, at, sign]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + sign + json.slice(place + 1);
    })
    .filter((text) => !isJson(text));
  fc.assert(
    fc.property(broken, (text) => {
      const { line, column } = findJsonFault(text);
      const lines = text.split('\n');
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
    }),
    { numRuns: 2_000 },
  );
  const place = (text: string) => findJsonFault(text).column;
  expect(['{"a" 1}', '[1 2]', '[1,]', '{"a":1,}', '[tru]', '["a\tb"]', '01', '[1]]', '{"a":1'].map(place)).toEqual([
    6, 4, 4, 8, 2, 2, 1, 4, 7,
  ]);
});

test('what was not filled in is found where the server would find it', () => {
  const empty = { kind: 'condition', field: 'site', choice: 'is', text: ' ' } as const;
  const form: FormPart = {
    kind: 'group',
    match: 'none',
    parts: [
      { ...empty, text: 'Madrid' },
      {
        kind: 'group',
        match: 'all',
        parts: [
          { ...empty, choice: 'noneOf' },
          { ...empty, choice: 'absent' },
        ],
      },
      empty,
    ],
  };
  expect(gapsIn(form)).toEqual(['criteria.not.any[1].all[0].not.value', 'criteria.not.any[2].value']);
  expect(inGroup(form, 'criteria', 2)).toBe('criteria.not.any[2]');
});
