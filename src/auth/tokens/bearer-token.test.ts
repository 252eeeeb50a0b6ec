import { describe, expect, test } from 'vitest';
import { bearerToken } from './bearer-token.ts';

describe('the Authorization header', () => {
  test.each([
    'Bearer abc.DEF-_~+/09==',
    'bearer abc.DEF-_~+/09==',
    'BEARER   abc.DEF-_~+/09==',
    ' Bearer abc.DEF-_~+/09== ',
  ])('gives the token of %j', (header) => {
    expect(bearerToken(header)).toEqual({ token: 'abc.DEF-_~+/09==' });
  });

  test.each([undefined, '', '  ', 'Basic dXNlcjpwYXNz', 'Bearers abc', 'abc'])(
    'holds nothing for us in %j',
    (header) => {
      expect(bearerToken(header)).toBe('missing');
    },
  );

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer a,b',
    'Bearer "a"',
    'Bearer a=b',
    'Bearer\ta',
    'Bearer =',
    'Bearer ä',
    'Bearer a\nb',
  ])('is malformed in %j', (header) => {
    expect(bearerToken(header)).toBe('malformed');
  });
});
