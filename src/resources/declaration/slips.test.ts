import { expect, test } from 'vitest';
import { parseDeclaration } from './parse.ts';

const told = ({ pointer, message, advice }: { pointer: string; message: string; advice: string }) =>
  `${pointer}: ${message} ${advice}`;

function warnings(source: object): string[] {
  const parsed = parseDeclaration(source, 'things.json');
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.warnings.map(told);
}

function problems(source: unknown): string[] {
  const parsed = parseDeclaration(source, 'things.json');
  return 'problems' in parsed ? parsed.problems.map(told) : [];
}

test('members that are most likely slips are warned of, and kept', () => {
  const fields = [
    { name: 'k', required: true, 'x-owner': 'me' },
    {
      name: 'n',
      type: 'number',
      decimalchar: ',',
      group_char: '.',
      min: 1,
      minimun: 2,
      unit: 'kg',
      date: 1,
      range: [],
    },
    { name: 'd', type: 'date', exemple: '2026-01-31', fromat: '%d', types: [] },
  ];
  expect(warnings({ fields, primaryKey: 'k', missing_values: ['-'], version: '1', homepage: 'x' })).toEqual([
    '/fields/0/required: The member "required" has no effect. Did you mean required within constraints?',
    '/fields/1/decimalchar: The member "decimalchar" has no effect. Did you mean decimalChar?',
    '/fields/1/group_char: The member "group_char" has no effect. Did you mean groupChar?',
    '/fields/1/minimun: The member "minimun" has no effect. Did you mean minimum within constraints?',
    '/fields/2/exemple: The member "exemple" has no effect. Did you mean example?',
    '/fields/2/fromat: The member "fromat" has no effect. Did you mean format?',
    '/missing_values: The member "missing_values" has no effect. Did you mean missingValues?',
  ]);
  const parsed = parseDeclaration({ fields, primaryKey: 'k' }, 'things.json');
  expect('declaration' in parsed && parsed.declaration.fields[1]?.custom).toMatchObject({ decimalchar: ',' });
});

test('where something is wrong the slip that it may be for is told too', () => {
  expect(problems({ fields: [{ name: 'k' }], primary_key: 'k' })).toEqual([
    expect.stringContaining('/primaryKey: The declaration has no primary key.'),
    '/primary_key: The member "primary_key" has no effect. Did you mean primaryKey?',
  ]);
});
