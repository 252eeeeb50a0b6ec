import { describe, expect, test } from 'vitest';
import { loggedTarget, logSerializers } from './log-serializers.ts';

describe('the target of a request in the log', () => {
  test.each([
    ['/v1/x', '/v1/x'],
    ['/v1/x?q=secret&limit=5', '/v1/x?q&limit'],
    ['/x?link=secret#secret', '/x?link'],
    ['/x?secret-that-stands-alone-and-is-longer-than-any-name', '/x?…'],
    ['/x?eyJhbGciOi/=', '/x?…'],
    ['/x?a=1&a=2&=3', '/x?a&…'],
    ['/x?a=?secret', '/x?a'],
    ['http://user:secret@host/x?b=secret', 'http://***@host/x?b'],
    [`/${'x'.repeat(9_000)}`, `/${'x'.repeat(511)}`],
    ['', ''],
  ])('%j is %j', (url, logged) => {
    expect(loggedTarget(url)).toBe(logged);
  });
});

describe('an error in the log', () => {
  test('has its kind, message, code, stack and causes, and nothing else that hangs on it', () => {
    const cause = Object.assign(new Error('the cause'), {
      code: '23505',
      detail: 'Key (email)=(secret)',
      input: 'secret',
    });
    const error = Object.assign(new TypeError('the error', { cause }), { parameters: ['secret'], constraint: 'a_key' });
    const logged = logSerializers.err(error);
    expect(logged).toMatchObject({
      type: 'TypeError',
      message: 'the error',
      constraint: 'a_key',
      cause: { type: 'Error', message: 'the cause', code: '23505' },
    });
    expect(JSON.stringify(logged)).not.toContain('secret');
  });

  test('of several is all of them, and a circle of causes comes to an end', () => {
    const circle = new Error('round');
    circle.cause = circle;
    const logged = logSerializers.err(new AggregateError([new Error('one'), circle], 'both'));
    expect(logged).toMatchObject({ errors: [{ message: 'one' }, { message: 'round', cause: { message: 'round' } }] });
    expect(logSerializers.err({ password: 'secret' })).toEqual({ type: 'object' });
  });
});
