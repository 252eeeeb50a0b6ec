import { describe, expect, test } from 'vitest';
import { en } from './en.ts';
import { es } from './es.ts';
import { formatsOf } from './format.ts';
import { localeFor, preferred } from './language.tsx';

/** Every text by its path; a function stands for what it says. */
function texts(messages: object, path = ''): [string, string][] {
  return Object.entries(messages).flatMap(([name, value]) => {
    const place = `${path}${name}`;
    if (typeof value === 'string') return [[place, value] as [string, string]];
    if (typeof value === 'function') return [[place, value('7', '9')] as [string, string]];
    return texts(value, `${place}.`);
  });
}

test('every text says something in each language, and nothing was left untranslated', () => {
  const spanish = new Map(texts(es));
  const same = texts(en).filter(([place, text]) => text === '' || spanish.get(place) === text);
  expect(same.map(([place]) => place)).toEqual(['task.checksum', 'task.id']);
  for (const [, text] of spanish) expect(text).not.toBe('');
});

test('the language is the one that was chosen, else the first that the browser wants and we have', () => {
  expect(preferred('es', ['en'])).toBe('es');
  expect(preferred(null, ['fr-FR', 'es-MX', 'en'])).toBe('es');
  expect(preferred('tlh', ['fr'])).toBe('en');
  expect(preferred('constructor', [])).toBe('en');
  expect(localeFor('es', ['en-GB', 'es-MX'])).toBe('es-MX');
  expect(localeFor('es', ['en-GB'])).toBe('es');
});

describe('numbers and times are written as a locale writes them', () => {
  const english = formatsOf('en-GB', 'UTC');
  const spanish = formatsOf('es', 'UTC');
  const date = new Date('2026-03-05T16:07:08Z');

  test('sizes have three digits in units of 1000', () => {
    expect([0, 999, 1_234, 45_678_901].map((size) => english.bytes(size))).toEqual([
      '0 byte',
      '999 byte',
      '1.23 kB',
      '45.7 MB',
    ]);
    expect(spanish.bytes(1_234)).toBe('1,23 kB');
  });

  test('all of it is only all of it', () => {
    expect([english.percent(0.999_9), english.percent(1)]).toEqual(['99%', '100%']);
  });

  test('a duration has two units at most', () => {
    const seconds = [0.2, 42, 60, 125, 3_599.7, 7_500, 90_000];
    expect(seconds.map((each) => english.duration(each))).toEqual([
      '1 sec',
      '42 secs',
      '1 min',
      '2 mins 5 secs',
      '1 hr',
      '2 hrs 5 mins',
      '1 day 1 hr',
    ]);
  });

  test('a moment has its year only when it is long ago', () => {
    expect(english.moment(date, new Date('2026-04-01'))).toBe('5 Mar, 16:07');
    expect(english.moment(date, new Date('2027-04-01'))).toBe('5 Mar 2026, 16:07');
    expect(english.exact(date)).toMatch(/5 March 2026 at 16:07:08 UTC/);
  });
});
