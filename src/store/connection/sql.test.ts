import fc from 'fast-check';
import { expect, test } from 'vitest';
import { join, literal, prepared, raw, type Sql, sql, statement, typed } from './sql.ts';

test('a fragment carries its values wherever it stands, and parameters number themselves', () => {
  const named = sql`name = ${'Ada'}`;
  const either = join([named, sql`age > ${typed(30, 'integer')}`], ' or ');
  expect(sql`select ${raw('id')} from ${raw('people')} where ${named} and (${either})`).toMatchObject({
    text: 'select id from people where name = $1 and (name = $2 or age > $3::integer)',
    values: ['Ada', 'Ada', 30],
  });
});

test('of fragments in fragments, every value stands at its own parameter', () => {
  const value = fc.string();
  const { fragment } = fc.letrec<{ fragment: Sql }>((tie) => ({
    fragment: fc.oneof(
      { maxDepth: 5 },
      value.map((one) => sql`(${one})`),
      fc.array(tie('fragment'), { minLength: 1, maxLength: 4 }).map((parts) => sql`[${join(parts, ' ')}]`),
      fc.tuple(value, tie('fragment')).map(([one, part]) => sql`(${one}) ${part} (${one})`),
    ),
  }));
  fc.assert(
    fc.property(fragment, ({ text, values }) => {
      const numbers = [...text.matchAll(/\(\$(\d+)\)/g)].map(([, number]) => Number(number));
      expect(numbers).toEqual(values.map((_, index) => index + 1));
      expect(text.replace(/\$\d+/g, '')).toMatch(/^[()[\] ]+$/);
    }),
  );
});

test('a text is never SQL unless it is said to be', () => {
  const hostile = "'; drop table tasks; --";
  expect(sql`select ${hostile}`).toMatchObject({ text: 'select $1', values: [hostile] });
  expect(sql`select ${literal(hostile)}`).toMatchObject({ text: "select '''; drop table tasks; --'", values: [] });
});

test('a name that stands in a statement several times is one parameter', () => {
  const is = (name: unknown) => sql`(old = ${name} or new = ${name})`;
  const query = statement<{ id: number; name: string }>(
    ($) => sql`select from people where ${is($.name)} and id = ${$.id} and name <> ${$.name}`,
  );
  expect(query({ id: 7, name: 'Ada' })).toEqual({
    name: expect.stringMatching(/^openbulk_\d+$/),
    text: 'select from people where (old = $1 or new = $1) and id = $2 and name <> $1',
    values: ['Ada', 7],
  });
  expect(query({ id: 8, name: 'Eve' }).name).toBe(query({ id: 7, name: 'Ada' }).name);
});

test('a statement with a value in it is refused: it would keep the first for ever', () => {
  expect(() => statement(() => sql`select ${1}`)).toThrow('A statement takes its values later, by their names.');
});

test('a text has the same name whatever its values, and another text another', () => {
  const nameOf = (value: number) => prepared(sql`select ${value} as one`).name;
  expect(nameOf(1)).toBe(nameOf(2));
  expect(nameOf(1)).not.toBe(prepared(sql`select ${1} as other`).name);
});
