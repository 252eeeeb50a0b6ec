import { describe, expect, test } from 'vitest';
import type { Declaration, DeclaredField } from '../../catalogue/declaration.ts';
import { parseJson, writeJson } from '../../catalogue/exact-json.ts';
import { en } from '../../say/en.ts';
import {
  draftOf,
  labelled,
  type ResourceDraft,
  takenBack,
  toDeclaration,
  withConstraint,
  withField,
  withKey,
  withNewField,
  withOptions,
  withoutField,
  withType,
} from './edit.ts';
import { inLetters, numberFormatOf, numberFormats, valuesFrom, withNumberFormat, wordsOf } from './formats.ts';
import { findGaps, placeProblems } from './problems.ts';

const declaration: Declaration = {
  $schema: 'x',
  fields: [
    { name: 'Order no', type: 'string', constraints: { required: true }, openbulk: { examples: ['A', 'B'] } },
    { name: 'Total', type: 'number', decimalChar: ',', custom: 1, constraints: { minimum: 0, required: true } },
  ],
  primaryKey: 'Order no',
  uniqueKeys: [['Total']],
  foreignKeys: [{ fields: ['Total'], reference: { resource: 'sums', fields: ['sum'] } }],
  openbulk: { name: 'orders', undo: { days: 3 } },
};
const draft = draftOf({ declaration, remarks: [] }, { kind: 'file', name: 'orders.csv', size: 9 });

function renamed(of: ResourceDraft, id: number, name: string): ResourceDraft {
  const [field] = of.fields.filter((each) => each.id === id).map((each) => each.field);
  return withField(of, id, { ...field, name });
}

describe('a declaration that is edited', () => {
  test('stays as it is where nothing was changed', () => {
    expect(toDeclaration(draft)).toEqual({ ...declaration, primaryKey: ['Order no'] });
  });

  test('keeps numbers that JavaScript would alter, whatever else of it is changed', () => {
    const text =
      '{"fields":[{"name":"n","type":"integer","constraints":{"maximum":9223372036854775807}}],"primaryKey":["n"]}';
    const read = draftOf({ declaration: parseJson(text) as Declaration, remarks: [] }, { kind: 'resource', name: 'n' });
    expect(writeJson(toDeclaration(read))).toBe(text);
    const edited = withField(read, 0, withConstraint(read.fields[0]?.field as DeclaredField, 'required', true));
    // A draft is kept as JSON.
    const kept = parseJson(writeJson(edited)) as ResourceDraft;
    expect(writeJson(toDeclaration(kept).fields)).toBe(
      '[{"name":"n","type":"integer","constraints":{"maximum":9223372036854775807,"required":true}}]',
    );
  });

  test('has a field under its new name wherever it is named, and still takes the column of the file', () => {
    const made = toDeclaration(renamed(renamed(draft, 0, 'number'), 1, 'total'));
    expect(made).toMatchObject({
      primaryKey: ['number'],
      uniqueKeys: [['total']],
      foreignKeys: [{ fields: ['total'], reference: { resource: 'sums', fields: ['sum'] } }],
    });
    expect(made.fields.map((field) => field.openbulk?.aliases)).toEqual([['Order no'], ['Total']]);
  });

  test('of a table, a field under another name is still of the same column; of a resource, it is a new field', () => {
    const adopting = withOptions(draft, { table: 'orders' });
    expect(toDeclaration(renamed(adopting, 1, 'total')).fields[1]?.openbulk).toEqual({ column: 'Total' });
    const edited = draftOf({ declaration, remarks: [] }, { kind: 'resource', name: 'orders' });
    expect(toDeclaration(renamed(edited, 1, 'total')).fields[1]).not.toHaveProperty('openbulk');
  });

  test('has the key that was chosen, in the way that it says it', () => {
    expect(toDeclaration(withKey(draft, 1, true)).primaryKey).toEqual(['Order no', 'Total']);
    expect(toDeclaration(withKey(draft, 0, false))).not.toHaveProperty('primaryKey');
    const { primaryKey: _, ...rest } = declaration;
    const firstOf = { ...rest, openbulk: { key: { firstOf: ['Total'], normalise: ['trim'] } } };
    const other = withKey(draftOf({ declaration: firstOf, remarks: [] }, draft.source), 0, true);
    expect(toDeclaration(other).openbulk?.key).toEqual({ firstOf: ['Total', 'Order no'], normalise: ['trim'] });
  });

  test('leaves a field out, takes it back where it was, and gets new ones', () => {
    const without = withoutField(draft, 0);
    expect(toDeclaration(without).fields.map(({ name }) => name)).toEqual(['Total']);
    const back = takenBack(withNewField(without), 0);
    expect(back.fields.map(({ id, field }) => [id, field.name])).toEqual([
      [0, 'Order no'],
      [1, 'Total'],
      [2, ''],
    ]);
    expect(back.removed).toEqual([]);
  });

  test('of another type has nothing that only the type before could have', () => {
    const field = withType({ ...declaration.fields[1], name: 'Total' }, 'string');
    expect(field).toEqual({ name: 'Total', type: 'string', custom: 1, constraints: { required: true } });
  });

  test('is called for people what its name says, until they say something else', () => {
    const named = withOptions(draft, { name: 'our-big-orders' });
    expect(labelled(named, 'en').declaration.openbulk?.labels).toEqual({ en: 'Our big orders' });
    const own = withOptions(named, { labels: { es: 'Pedidos' } });
    expect(labelled(own, 'en')).toBe(own);
  });
});

test('formats are chosen as people write them, and come back', () => {
  for (const format of numberFormats) {
    expect(numberFormatOf(withNumberFormat({ name: 'n', decimalChar: '·' }, format))).toBe(format);
  }
  expect(['%d.%m.%Y', '%m/%d/%y', '%b %d', 'DD.MM.YYYY', undefined].map(inLetters)).toEqual([
    ...['DD.MM.YYYY', 'MM/DD/YY', '%b %d', 'DD.MM.YYYY', ''],
  ]);
  expect(wordsOf({ name: 'b' }).chosen.label).toBe('true / false');
  const own = wordsOf({ name: 'b', trueValues: ['yes', 'Yes', 'YES'], falseValues: ['no', 'No', 'NO'] });
  expect([own.chosen.label, own.all.filter(({ label }) => label === 'yes / no')]).toMatchObject(['yes / no', [{}]]);
  expect(valuesFrom('1\n2.50\n\n', 'number')).toEqual([1, '2.50']);
  expect(valuesFrom('1\n', 'string')).toEqual(['1']);
  expect(valuesFrom(' \n', 'string')).toBeUndefined();
});

describe('what is wrong', () => {
  test('is found without the server where that is plain', () => {
    const wrong = withKey(renamed(withNewField(draft), 1, 'ORDER NO'), 0, false);
    expect(findGaps(wrong, ['orders'], en).map(({ field }) => field)).toEqual([
      ...['declaration/openbulk/name', 'declaration/primaryKey', 'declaration/fields/1/name'],
      'declaration/fields/2/name',
    ]);
    expect(findGaps(draft, [], en)).toEqual([]);
  });

  test('is shown where something can be done about it', () => {
    const problem = (field: string) => ({ field, message: field });
    const kept = withoutField(withNewField(draft), 0);
    const placed = placeProblems(
      [
        problem('declaration/fields/0/type'),
        problem('declaration/fields/1/openbulk/format'),
        problem('declaration/fields/1/constraints/pattern'),
        problem('declaration/fields/9/name'),
        problem('declaration/primaryKey/0'),
        problem('declaration/openbulk/name'),
        problem('declaration/openbulk/table'),
      ],
      kept,
    );
    expect([...placed.fields]).toEqual([
      [1, { type: 'declaration/fields/0/type' }],
      [
        2,
        {
          format: 'declaration/fields/1/openbulk/format',
          other: 'declaration/fields/1/constraints/pattern',
        },
      ],
    ]);
    expect([placed.key, placed.name]).toEqual([['declaration/primaryKey/0'], ['declaration/openbulk/name']]);
    expect(placed.rest.map(({ field }) => field)).toEqual(['declaration/fields/9/name', 'declaration/openbulk/table']);
  });
});
