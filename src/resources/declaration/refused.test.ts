import { expect, test } from 'vitest';
import { parseDeclaration } from './parse.ts';

const told = ({ pointer, message, advice }: { pointer: string; message: string; advice: string }) =>
  `${pointer}: ${message} ${advice}`;

function problems(source: unknown): string[] {
  const parsed = parseDeclaration(source, 'things.json');
  return 'problems' in parsed ? parsed.problems.map(told) : [];
}

test.each<[object, string]>([
  [
    { constraints: { minLength: 5, maxLength: 3 } },
    '/fields/0/constraints/minLength: No value is as long as 5 and at most 3.',
  ],
  [
    { constraints: { minLength: 9 }, openbulk: { maxLength: 8 } },
    '/fields/0/constraints/minLength: No value is as long',
  ],
  [
    { type: 'list', constraints: { minLength: 2, maxLength: 1 } },
    '/fields/0/constraints/minLength: No value is as long',
  ],
  [{ type: 'integer', constraints: { minimum: 5, maximum: 3 } }, '/fields/0/constraints/maximum: No whole number'],
  [
    { type: 'integer', constraints: { exclusiveMinimum: 3, exclusiveMaximum: 4 } },
    '/fields/0/constraints/exclusiveMaximum: No whole number is within the bounds.',
  ],
  [
    { type: 'date', constraints: { minimum: '2026-02-01', maximum: '2026-01-01' } },
    'No value is between minimum and maximum',
  ],
  [{ type: 'duration', constraints: { exclusiveMinimum: 'P2M', maximum: 'P1M' } }, 'No value is between'],
])('%j, of which there is no value, is refused', (field, message) => {
  expect(problems({ fields: [{ name: 'a', ...field }, { name: 'k' }], primaryKey: 'k' }).join('\n')).toContain(message);
});

test('bounds that leave a value, or of which nobody knows, are accepted', () => {
  const bounds = [
    { type: 'integer', constraints: { minimum: 3, maximum: 3 } },
    { type: 'duration', constraints: { minimum: 'P30D', exclusiveMaximum: 'P1M' } },
    { constraints: { minLength: 300 } },
  ];
  const fields = bounds.map((field, at) => ({ name: `f${at}`, ...field }));
  expect(problems({ fields, primaryKey: 'f2' })).toEqual([]);
});

test('a resource with which nothing can be done is refused', () => {
  expect(problems({ fields: [{ name: 'k' }], primaryKey: 'k', openbulk: { operations: [] } })).toEqual([
    '/openbulk/operations: It allows no operation. List some of import, patch, act, export, or remove it.',
  ]);
});

test.each([
  ['a:\n  b: 1\n c: 2', 'at line 3, character 1'],
  ['a: 1\n---\nb: 2', 'a second document begins at line 2, character 1'],
  ['a: [1', 'the indentation is wrong, or a bracket is not closed, at line 1, character 6'],
  ['a: "x', 'something is missing, such as a colon, a comma, a bracket or a quote at line 1'],
  ['a:\n\t- 1', 'the line is indented with a tab instead of spaces at line 2, character 1'],
  ['a: "\\q"', 'a backslash within double quotes'],
  ['a: @x', 'a value begins with a character that needs quotes at line 1, character 4'],
])('of the YAML %j it is said what is wrong, and where', (yaml, message) => {
  const [problem = ''] = problems(yaml);
  expect(problem).toContain(message);
  expect(problem).toMatch(/^: It is not YAML: [^(]+ at line \d+, character \d+ \([^\n]+\)\. Correct the YAML/);
});
