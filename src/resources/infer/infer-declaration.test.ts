import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Field } from '../declaration/declaration.ts';
import { parseDeclaration } from '../declaration/parse.ts';
import { fieldType } from '../types/field-type.ts';
import { DeclarationGuesser, type Inferred } from './infer-declaration.ts';
import { PairFinder } from './pair-keys.ts';

interface Guess {
  readonly fields: readonly Partial<Field>[];
  readonly primaryKey?: string | readonly string[];
}

function infer(header: readonly string[], rows: readonly (readonly string[])[]): Inferred & { declaration: Guess } {
  const guesser = new DeclarationGuesser(header);
  for (const [at, row] of rows.entries()) guesser.add(row, at + 2);
  const finder = new PairFinder(guesser.pairs);
  for (const row of rows) finder.add(row);
  return guesser.infer('things', finder.found) as Inferred & { declaration: Guess };
}

/** The guess of a column of those cells; `k` is a key. */
function column(...cells: string[]) {
  const { declaration, remarks } = infer(
    ['id', 'c'],
    cells.map((cell, at) => [String(at), cell]),
  );
  const { name: _, openbulk: _own, ...guess } = declaration.fields[1] as Field;
  return { guess, remarks };
}

test.each<[string[], object]>([
  [['1', '-20', '3'], { type: 'integer', constraints: { required: true } }],
  [['1', '', '3.5'], { type: 'number' }],
  [['1.234,50', '7'], { type: 'number', decimalChar: ',', groupChar: '.', constraints: { required: true } }],
  [['1,234.50', '7,000,000.00'], { type: 'number', decimalChar: '.', groupChar: ',', constraints: { required: true } }],
  [['true', 'FALSE', ''], { type: 'boolean' }],
  [['yes', 'no', ''], { type: 'boolean', trueValues: ['yes', 'Yes', 'YES'] }],
  [['2026-01-31', ''], { type: 'date' }],
  [['31/01/2026', '1/2/2026'], { type: 'date', format: '%d/%m/%Y' }],
  [['1/31/26', '2/1/26'], { type: 'date', format: '%m/%d/%y' }],
  [['2026-01-31T10:00:00Z', ''], { type: 'datetime' }],
  [['10:30:00', ''], { type: 'time' }],
  [['a@example.net', ''], { type: 'string', format: 'email' }],
  [['https://example.net/a', ''], { type: 'string', format: 'uri' }],
  [['0d5e8a6c-3f58-4b6e-8d41-6f3d5a8b9c10', ''], { type: 'string', format: 'uuid' }],
  [['anything', 'else 1'], { type: 'string', constraints: { required: true, maxLength: 16 } }],
  // Codes, not numbers: the zeros in front would be lost.
  [['00012', '17'], { type: 'string', constraints: { required: true, maxLength: 16 } }],
  [['', ''], { type: 'string', constraints: { maxLength: 16 } }],
])('%j', (cells, expected) => {
  expect(column(...cells).guess).toMatchObject(expected);
});

test('what can be read in two ways is remarked on, and what a cell decides is not', () => {
  const remark = (format: string, other: string) => [
    `c: the values are read ${format}, but can also be read ${other}. Check the format of the field.`,
  ];
  expect(column('1/2/2026', '3/4/2026').remarks).toEqual(remark('as %d/%m/%Y', 'as %m/%d/%Y'));
  expect(column('01/02/24').remarks).toEqual(remark('as %d/%m/%y', 'as %m/%d/%y'));
  expect(column('1/2/2026', '13/4/2026').remarks).toEqual([]);
  // Either way it is the same day.
  expect(column('1/1/2026', '2/2/2026').remarks).toEqual([]);
  expect(column('1.234', '2.5').remarks).toEqual([]);
  expect(column('1.234', '2.500').remarks).toEqual(
    remark('with the decimal character .', 'with the decimal character ,'),
  );
  expect(column('1,234', '2,500').remarks).toEqual(
    remark('with the decimal character ,', 'with the decimal character .'),
  );
});

test('few words that come often are all that a column can have', () => {
  const { guess, remarks } = column(...Array.from({ length: 12 }, (_, at) => (at % 3 ? 'open' : 'closed')));
  expect(guess).toEqual({ type: 'string', constraints: { required: true, enum: ['open', 'closed'] } });
  expect(remarks).toEqual(['c: only the 2 values of this file are allowed. Check the enum.']);
});

test('the key is what has another value in each row: rather what is called so, and never an amount', () => {
  const rows = [
    ['1.5', 'Ada', 'x1', '2026-01-01'],
    ['2.5', 'Grace', 'x2', '2026-01-02'],
  ];
  expect(infer(['price', 'name', 'Asset Tag', 'on'], rows).declaration.primaryKey).toBe('Asset Tag');
  const guessed = infer(['price', 'name', 'else', 'on'], rows);
  expect(guessed.declaration.primaryKey).toBe('name');
  expect(guessed.remarks).toEqual(['name is the primaryKey, because its values differ in each row. Check it.']);
  const none = infer(['price', 'on'], [['1.5', '2026-01-01']]);
  expect(none.declaration).not.toHaveProperty('primaryKey');
  expect(none.remarks).toEqual([
    'No column, and no two of the first ones, have different values in each row: name the columns of the primaryKey.',
  ]);
  expect(
    infer(
      ['id', 'c'],
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ).declaration.primaryKey,
  ).toBe('c');
  // A blank key is none.
  expect(infer(['id'], [['a'], ['']]).declaration).not.toHaveProperty('primaryKey');
});

test('where no column is a key, two are, rather the leftmost, and none that is blank or a price', () => {
  const header = ['shop', 'note', 'price', 'day', 'item', 'till'];
  const rows = [
    ['Bonn', '', '1.5', '2026-01-01', 'tea', '1'],
    ['Bonn', 'x', '2.5', '2026-01-02', 'tea', '1'],
    ['Köln', 'y', '3.5', '2026-01-01', 'jam', '2'],
    ['Köln', 'z', '4.5', '2026-01-02', 'tea', '1'],
  ];
  const { declaration, remarks } = infer(header, rows);
  expect(declaration.primaryKey).toEqual(['shop', 'day']);
  expect(remarks).toEqual([
    'shop and day are the primaryKey, because their values together differ in each row. Check it.',
  ]);
  const days = [
    ['Bonn', '', '1.5', '2026-01-01', 'tea', '1'],
    ['Bonn', '', '2.5', '2026-01-01', 'jam', '1'],
    ['Köln', '', '3.5', '2026-01-01', 'jam', '1'],
  ];
  expect(infer(header, days).declaration.primaryKey).toEqual(['shop', 'item']);
  expect(infer(header, [...rows, ...rows]).declaration).not.toHaveProperty('primaryKey');
});

test('the cells that keep a column from being of a type are named with their lines', () => {
  const numbers = Array.from({ length: 30 }, (_, at) => `${at},5`);
  const of = (...cells: string[]) => column(...cells).remarks;
  expect(of(...numbers, '-', 'n/a', '-')).toEqual([
    'c: it is text because of 3 cells: "-" (line 32), "n/a" (line 33). If they are missing values, declare "type":"number","decimalChar":",","groupChar":".", and list them in missingValues.',
  ]);
  expect(of('unknown', '2026-01-31', '2026-02-01')).toEqual([
    'c: it is text because of 1 cell: "unknown" (line 2). If they are missing values, declare "type":"date", and list them in missingValues.',
  ]);
  // Neither codes nor words that are something else.
  expect(of('0012', '17', '18')).toEqual([]);
  expect(of('a', 'b', '1')).toEqual([]);
  expect(of(...numbers, 'a', 'b', 'c', 'd', 'e', 'f')).toEqual([]);
});

test('columns without a name of their own are left out', () => {
  const { declaration, remarks } = infer(['id', '', 'ID', '__proto'], [['1', '2', '3', '4']]);
  expect(declaration.fields.map(({ name }) => name)).toEqual(['id', '__proto']);
  expect(remarks).toEqual([
    'Column 2 has no name and is left out.',
    'Column 3 has the name of column 1 and is left out. To import the file, add --map "id=#1".',
  ]);
});

test('whatever a file has, the declaration takes all its rows', () => {
  const cell = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '1',
      'yes',
      'no',
      'true',
      '1,5',
      '1.5',
      '1.234',
      '01',
      '-',
      'N/A',
      '1/2/2026',
      '2026-01-31',
    ),
    fc.double({ noNaN: true }).map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '').trim()),
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 30 }));
  fc.assert(
    fc.property(table, (rows) => {
      const header = (rows[0] ?? []).map((_, at) => `column ${at}`);
      const { declaration } = infer(
        ['line', ...header],
        rows.map((row, at) => [`l${at}`, ...row]),
      );
      const parsed = parseDeclaration(declaration);
      if ('problems' in parsed) {
        // Nothing but a key is missing, where there are no rows to tell one by.
        expect([rows, parsed.problems.map(({ pointer }) => pointer)]).toEqual([[], ['/primaryKey']]);
        return;
      }
      for (const [at, field] of parsed.declaration.fields.entries()) {
        if (at === 0) continue;
        const type = fieldType(field, (member, message) => {
          throw new Error(`${member}: ${message}`);
        });
        for (const row of rows) {
          const value = row[at - 1] as string;
          if (value === '') expect(field.constraints.required).not.toBe(true);
          else expect([field, value, type.canonical(value)]).not.toEqual([field, value, undefined]);
        }
      }
    }),
    { numRuns: 300 },
  );
});
