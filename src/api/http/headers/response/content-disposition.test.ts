import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attachment } from './content-disposition.ts';

test.each([
  ['items.csv', 'items.csv', 'items.csv'],
  ['a "b".csv', 'a _b_.csv', 'a%20_b_.csv'],
  ['días.csv', 'dias.csv', 'd%C3%ADas.csv'],
  ['日本.csv', '.csv', '%E6%97%A5%E6%9C%AC.csv'],
  ['../../x', '__.._x', '__.._x'],
  ['x\r\nSet-Cookie: a=b', 'x__Set-Cookie_ a=b', 'x__Set-Cookie_%20a%3Db'],
  ["it's (1)*.csv", "it's (1)_.csv", 'it%27s%20%281%29_.csv'],
  ['100%41.csv', '100_41.csv', '100%2541.csv'],
  ['evil\u202efdp.exe', 'evil_fdp.exe', 'evil_fdp.exe'],
])('%j is saved under its name', (name, ascii, encoded) => {
  expect(attachment(name)).toBe(`attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`);
});

test('no name breaks the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(attachment(name)).toMatch(
        /^attachment; filename="[\x20\x21\x23-\x5b\x5d-\x7e]+"; filename\*=UTF-8''[\w.!~%-]*$/,
      );
    }),
    { seed: 20260131 },
  );
});
