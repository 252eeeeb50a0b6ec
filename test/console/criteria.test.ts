import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choicesOf, type FormPart, isOfLines, matches, toCriteria } from '../../packages/console/src/criteria/form.ts';
import {
  deviceActions,
  findColumn,
  type Kind,
  type ResourceName,
  resourceNames,
  resourceOf,
} from '../../packages/console/src/records/resources.ts';
import { DEVICE_ACTIONS } from '../../src/operations/act/in-force.ts';
import { parseCriteria } from '../../src/operations/criteria/parse.ts';
import type { Resource } from '../../src/resources/resource.ts';
import { shippedResources } from '../../src/resources/shipped.ts';

/** What the console says of resources, held against what the server has: the API does not tell it. */

const serverOf = (name: ResourceName) => shippedResources.find((resource) => resource.name === name) as Resource;

/** Values of each kind, as a person would write them. */
const values: Readonly<Record<Kind, fc.Arbitrary<string>>> = {
  text: fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', 'ñ', '%', '_', '\\', '"', '<') }),
  document: fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', 'ñ', '%', '_', '\\') }),
  list: fc.constantFrom('navy', 'engineering'),
  number: fc.integer({ min: 0, max: 4_000 }).map(String),
  moment: fc
    .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  date: fc.constantFrom('2026-01-31', '1999-12-01'),
  ip: fc.constantFrom('10.0.3.17', '2001:db8::17'),
  mac: fc.constantFrom('00:1a:2b:3c:4d:5e', '00-1A-2B-3C-4D-5E'),
  choice: fc.constantFrom(...deviceActions),
};

function formsOf(name: ResourceName): fc.Arbitrary<FormPart> {
  const resource = resourceOf(name);
  const open = resource.open ? [`${resource.open.prefix}anything`] : [];
  const columns = fc.constantFrom(...resource.columns.map(({ name: column }) => column), ...open);
  const conditions = columns.chain((field) => {
    const kind = findColumn(resource, field)?.kind ?? 'text';
    const value = field === 'email' ? fc.constant('ada@example.com') : values[kind];
    return fc.constantFrom(...choicesOf[kind]).chain((choice) =>
      (isOfLines(choice) ? fc.array(value, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n')) : value)
        // The server refuses a pattern that ends within an escape, and says so.
        .filter((text) => !choice.startsWith('matches') || !/(?<!\\)(?:\\\\)*\\$/.test(text))
        .map((text) => ({ kind: 'condition' as const, field, choice, text })),
    );
  });
  return fc.letrec<{ part: FormPart }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 4 },
      conditions,
      fc.record({
        kind: fc.constant('group' as const),
        match: fc.constantFrom(...matches),
        parts: fc.array(tie('part'), { maxLength: 3 }),
      }),
    ),
  })).part;
}

describe.each(resourceNames)('of %s, the console', (name) => {
  test('has the columns that the server has', () => {
    const { columns, open, document } = serverOf(name);
    const { columns: own, open: ownOpen } = resourceOf(name);
    expect(own.map((column) => column.name)).toEqual(columns.map((column) => column.name));
    expect(ownOpen?.prefix).toBe(open?.prefix ?? (document && `${document.name}.`));
  });

  test('says nothing by its form that the server does not understand', () => {
    fc.assert(
      fc.property(formsOf(name), (form) => {
        const kindOf = (field: string) => findColumn(resourceOf(name), field)?.kind ?? 'text';
        const parsed = parseCriteria(serverOf(name), toCriteria(form, kindOf));
        expect('problems' in parsed ? parsed.problems : []).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

test('the console knows what can be in force on a device', () => {
  expect(deviceActions).toEqual(DEVICE_ACTIONS);
});
