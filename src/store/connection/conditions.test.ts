import { expect, test } from 'vitest';
import { type Conditions, compileConditions } from './conditions.ts';
import { sql } from './sql.ts';

const compile = (conditions: Conditions<{ readonly is: number }>) =>
  compileConditions(conditions, ({ is }) => sql`n = ${is}`);

test('groups nest, each in parentheses, and values keep their order', () => {
  const conditions = { all: [{ is: 1 }, { any: [{ is: 2 }, { not: { is: 3 } }] }, { not: { all: [{ is: 4 }] } }] };
  expect(compile(conditions)).toMatchObject({
    text: '((n = $1) and ((n = $2) or ((n = $3) is not true)) and (((n = $4)) is not true))',
    values: [1, 2, 3, 4],
  });
});

test('all of none is true, and any of none is false', () => {
  expect(compile({ all: [] }).text).toBe('(true)');
  expect(compile({ any: [] }).text).toBe('(false)');
  expect(compile({ not: { any: [] } }).text).toBe('((false) is not true)');
});
