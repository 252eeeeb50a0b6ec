import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Declaration } from '../../packages/console/src/catalogue/declaration.ts';
import { findColumn, type Kind, toRecordResource } from '../../packages/console/src/catalogue/record-resource.ts';
import { choicesOf, type FormPart, isOfLines, matches, toCriteria } from '../../packages/console/src/criteria/form.ts';
import { parseCriteria } from '../../src/operations/criteria/parse.ts';
import { compileResource } from '../../src/resources/compile.ts';
import { parseDeclaration } from '../../src/resources/declaration/parse.ts';
import { printDeclaration } from '../../src/resources/declaration/print.ts';
import type { Resource } from '../../src/resources/resource.ts';
import { shippedResources } from '../../src/resources/shipped.ts';

/** What the console makes of declarations, held against what the server makes of them. */

const types = ['number', 'integer', 'boolean', 'date', 'time', 'datetime', 'year', 'yearmonth', 'duration'];
/** One with a field of every type. */
const everyType = compiled({
  fields: [
    { name: 'code', type: 'string' },
    ...[...types, 'object', 'array', 'geojson', 'geopoint', 'any'].map((type) => ({ name: type, type })),
    ...['email', 'uri', 'uuid', 'binary'].map((format) => ({ name: format, type: 'string', format })),
    { name: 'point', type: 'geopoint', format: 'array' },
    ...['string', 'integer', 'date'].map((itemType) => ({ name: `${itemType}s`, type: 'list', itemType })),
    { name: 'size', type: 'string', constraints: { enum: ['s', 'm'] } },
    { name: 'stars', type: 'integer', constraints: { enum: [1, 2, 3] } },
    { name: 'kind', type: 'string', categories: [{ value: 'a', label: 'First' }, { value: 'b' }] },
    ...['ip-address', 'mac-address'].map((format) => ({ name: format, type: 'string', openbulk: { format } })),
  ],
  primaryKey: 'code',
  openbulk: { name: 'every-type' },
});

function compiled(source: object): Resource {
  const parsed = parseDeclaration(source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return compileResource(parsed.declaration);
}

function shownOf({ name, declaration }: Resource) {
  const served = JSON.parse(printDeclaration(declaration)) as Declaration;
  return toRecordResource({ name, declaration: served, recordMembers: {} }, { language: 'en', yes: 'Yes', no: 'No' });
}

/** Values of each kind, as a person would write them. */
const values: Readonly<Record<Exclude<Kind, 'choice'>, fc.Arbitrary<string>>> = {
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
  time: fc.constantFrom('09:30:00'),
  word: fc.constantFrom('P1Y2M'),
  json: fc.constantFrom('{}'),
};

/** Of columns whose kind does not say all of what they have. */
const ofColumns: Readonly<Record<string, string>> = {
  email: 'ada@example.com',
  uri: 'https://example.com/',
  uuid: '0190a0a0-0000-7000-8000-000000000000',
  yearmonth: '2026-01',
  geopoint: '90.5, 45.5',
  integers: '7',
  dates: '2026-01-31',
};

function formsOf(resource: ReturnType<typeof shownOf>): fc.Arbitrary<FormPart> {
  const open = resource.open ? [`${resource.open.prefix}anything`] : [];
  const columns = fc.constantFrom(...resource.columns.map(({ name: column }) => column), ...open);
  const conditions = columns.chain((field) => {
    const column = findColumn(resource, field);
    const kind = column?.kind ?? 'text';
    const named = ofColumns[field];
    const own = kind === 'choice' ? fc.constantFrom(...(column?.values ?? []).map((each) => each.value)) : values[kind];
    const value = named === undefined ? own : fc.constant(named);
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

describe.each([...shippedResources, everyType].map((resource) => [resource.name, resource] as const))(
  'of %s, the console',
  (_, resource) => {
    const shown = shownOf(resource);

    test('has the columns that the server has', () => {
      const { columns, open, document } = resource;
      expect(shown.columns.map((column) => column.name)).toEqual(columns.map((column) => column.name));
      expect(shown.open?.prefix).toBe(open?.prefix ?? (document && `${document.name}.`));
    });

    test('says nothing by its form that the server does not understand', () => {
      fc.assert(
        fc.property(formsOf(shown), (form) => {
          const kindOf = (field: string) => findColumn(shown, field)?.kind ?? 'text';
          const parsed = parseCriteria(resource, toCriteria(form, kindOf));
          expect('problems' in parsed ? parsed.problems : []).toEqual([]);
        }),
        { numRuns: 500 },
      );
    });
  },
);

test('a column, its values and what is beside them are called as the declaration says, in the language of the page', () => {
  const declaration = {
    fields: [
      { name: 'code', type: 'string', title: 'Product code' },
      {
        name: 'state',
        type: 'string',
        constraints: { enum: ['on', 'off'] },
        openbulk: { labels: { es: 'Estado' }, valueLabels: { on: { en: 'Active' } } },
      },
      { name: 'sold', type: 'boolean' },
    ],
    primaryKey: 'code',
  };
  const inLanguage = (language: string) =>
    toRecordResource(
      { name: 'products', labels: { en: 'Products' }, declaration, recordMembers: {} },
      { language, yes: 'yes', no: 'no' },
    );
  const labels = (language: string) => inLanguage(language).columns.map(({ label }) => label);
  expect([labels('en'), labels('es')]).toEqual([
    ['Product code', 'state', 'sold'],
    ['Product code', 'Estado', 'sold'],
  ]);
  expect(inLanguage('es').label).toBe('Products');
  const [, state, sold] = inLanguage('en').columns;
  expect(state?.values).toEqual([
    { value: 'on', label: 'Active' },
    { value: 'off', label: 'off' },
  ]);
  expect(sold?.values?.map(({ label }) => label)).toEqual(['yes', 'no']);
});
