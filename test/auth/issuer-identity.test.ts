import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audienceOf, issuerIdentity } from '../../src/auth/issuer/issuer-identity.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('delete from settings');
});

function identify(defaultUrl: string, configuredUrl?: string): Promise<string> {
  return issuerIdentity({ pool: database.pool, defaultUrl, ...(configuredUrl !== undefined && { configuredUrl }) });
}

const first = 'http://127.0.0.1:8080/oauth2';
const second = 'http://127.0.0.1:9090/oauth2';
const configured = 'https://bulk.example/oauth2';

describe('the issuer', () => {
  test('is the first default, and stays it when the server gets another port', async () => {
    expect(await identify(first)).toBe(first);
    expect(await identify(second)).toBe(first);
  });

  test('is what the operator configured, then and afterwards', async () => {
    await identify(first);
    expect(await identify(first, configured)).toBe(configured);
    expect(await identify(second)).toBe(configured);
    expect(await identify(second, second)).toBe(second);
    expect(await identify(first)).toBe(second);
  });

  test('is one, however many processes ask first at once', async () => {
    const asked = Array.from({ length: 20 }, (_, n) => identify(`http://127.0.0.1:${9000 + n}/oauth2`));
    expect(new Set(await Promise.all(asked)).size).toBe(1);
  });

  test('is the same with and without a slash at its end', async () => {
    expect(await identify(first, `${configured}/`)).toBe(configured);
  });

  test.each([
    'bulk.example',
    'ftp://bulk.example',
    'https://bulk.example/?a=1',
    'https://bulk.example/#a',
    'https://bulk.example/?',
    'https://u:p@bulk.example',
    '',
  ])('cannot be %j', async (url) => {
    await expect(identify(first, url)).rejects.toThrow(/must be an http or https URL/);
  });
});

test.each([
  ['http://127.0.0.1:8080/oauth2', 'http://127.0.0.1:8080'],
  ['https://bulk.example/some/oauth2', 'https://bulk.example/some'],
  ['https://bulk.example', 'https://bulk.example'],
])('tokens of %s are for %s', (issuer, audience) => {
  expect(audienceOf(issuer)).toBe(audience);
});
