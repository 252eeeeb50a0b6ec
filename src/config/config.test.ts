import { describe, expect, test } from 'vitest';
import { readConfig, unknownSettings } from './config.ts';
import { ConfigError } from './config-error.ts';

const ISSUER = 'https://login.example/realms/x';

describe('OPENBULK_ISSUER', () => {
  test.each([ISSUER, `${ISSUER}/`, 'http://localhost:8081', 'http://127.0.0.1:8081/x', 'http://[::1]/x'])(
    'may be %s, and is taken to the letter',
    (issuer) => {
      expect(readConfig({ OPENBULK_ISSUER: issuer }).externalIssuer).toEqual({ issuer, claims: {} });
    },
  );

  test.each([
    'login.example',
    'http://login.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'ftp://localhost',
    `${ISSUER}?a=b`,
    `${ISSUER}?`,
    `${ISSUER}#a`,
    ` ${ISSUER}`,
    'https://user:secret@login.example',
  ])('may not be %s', (issuer) => {
    expect(() => readConfig({ OPENBULK_ISSUER: issuer })).toThrow(/OPENBULK_ISSUER must be an https URL/);
  });

  test.each([
    'OPENBULK_AUDIENCE',
    'OPENBULK_INTROSPECTION_CLIENT',
    'OPENBULK_INTROSPECTION_SECRET',
    'OPENBULK_CLAIM_ORGANIZATION',
    'OPENBULK_CLAIM_PERMISSIONS',
    'OPENBULK_CONSOLE_CLIENT_ID',
    'OPENBULK_CONSOLE_CLIENT_SECRET',
    'OPENBULK_CONSOLE_SCOPE',
  ])('must be given for %s to do anything', (name) => {
    const read = () => readConfig({ [name]: 'secret' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`OPENBULK_ISSUER is missing. Set it, or remove ${name}.`);
  });
});

test('a client for introspection and its secret must be set together', () => {
  for (const name of ['OPENBULK_INTROSPECTION_CLIENT', 'OPENBULK_INTROSPECTION_SECRET']) {
    const read = () => readConfig({ OPENBULK_ISSUER: ISSUER, [name]: 'hidden' });
    expect(read).toThrow(/must be set together/);
    expect(read).not.toThrow(/hidden/);
  }
});

describe('OPENBULK_CORS_ORIGINS', () => {
  test('is nobody unless it is given', () => {
    expect(readConfig({}).corsOrigins).toEqual([]);
  });

  test('has origins, separated by commas', () => {
    const given = 'https://app.example, http://localhost:5173';
    expect(readConfig({ OPENBULK_CORS_ORIGINS: given }).corsOrigins).toEqual(given.split(', '));
  });

  test.each([
    '*',
    'null',
    'app.example',
    'https://app.example/',
    'https://app.example/x',
    'ftp://a',
    'https://a,',
    'https://A.example',
  ])('may not be %s', (given) => {
    expect(() => readConfig({ OPENBULK_CORS_ORIGINS: given })).toThrow(/OPENBULK_CORS_ORIGINS must be origins such as/);
  });
});

test('names of claims are separated by commas, with spaces or without, and none is empty', () => {
  const { externalIssuer } = readConfig({
    OPENBULK_ISSUER: ISSUER,
    OPENBULK_CLAIM_ORGANIZATION: 'a, https://b/c ,/d/e',
  });
  expect(externalIssuer?.claims).toEqual({ organizations: ['a', 'https://b/c', '/d/e'] });
  expect(() => readConfig({ OPENBULK_ISSUER: ISSUER, OPENBULK_CLAIM_PERMISSIONS: 'a,,b' })).toThrow(
    /OPENBULK_CLAIM_PERMISSIONS must be names of claims/,
  );
});

test('the client of the console may be public, but its secret and scope do nothing without it', () => {
  const read = (env: Record<string, string>) => readConfig({ OPENBULK_ISSUER: ISSUER, ...env }).externalIssuer?.console;
  const scope = 'openid profile email offline_access';
  expect(read({})).toBeUndefined();
  expect(read({ OPENBULK_CONSOLE_CLIENT_ID: 'c' })).toEqual({ clientId: 'c', scope });
  const all = { OPENBULK_CONSOLE_CLIENT_SECRET: 'hidden', OPENBULK_CONSOLE_SCOPE: 'openid' };
  expect(read({ OPENBULK_CONSOLE_CLIENT_ID: 'c', ...all })).toEqual({
    clientId: 'c',
    clientSecret: 'hidden',
    scope: 'openid',
  });
  expect(() => read(all)).toThrow(/OPENBULK_CONSOLE_CLIENT_ID is missing/);
  expect(() => read(all)).not.toThrow(/hidden/);
});

describe('OPENBULK_PROXIES', () => {
  test('are addresses and networks', () => {
    expect(readConfig({ OPENBULK_PROXIES: 'loopback, 10.0.0.7,10.0.0.0/8 , fd00::/8,::1' }).proxies).toEqual([
      'loopback',
      '10.0.0.7',
      '10.0.0.0/8',
      'fd00::/8',
      '::1',
    ]);
    expect(readConfig({}).proxies).toBeUndefined();
  });

  test.each(['proxy.example', '10.0.0', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', 'true', '1', '10.0.0.7,'])(
    'may not be %s',
    (text) => {
      expect(() => readConfig({ OPENBULK_PROXIES: text })).toThrow(/OPENBULK_PROXIES must be addresses or networks/);
    },
  );
});

describe('a secret in a setting that is not valid', () => {
  test.each([
    ['DATABASE_URL', 'postgres//u:Zq7SECRETzQ@h/d'],
    ['DATABASE_URL', 'mysql://u:Zq7SECRETzQ@h/d'],
    ['DATABASE_URL', 'postgres://u:Zq7SECRETzQ#@h:5432/d'],
    ['DATABASE_URL', 'postgres://u:Zq7SECRETzQ/x@h:x/d'],
    ['DATABASE_URL', 'postgres://u:%Zq7SECRETzQ@127.0.0.1:1/d'],
    ['OPENBULK_URL', 'https://u:Zq7SECRETzQ@h'],
    ['OPENBULK_SERVER', 'https://u:Zq7/SECRETzQ@h'],
    ['OPENBULK_ISSUER', 'https://u:Zq7SECRETzQ@h/x'],
    ['OPENBULK_SECRET_KEY', 'Zq7SECRETzQ'],
    ['OPENBULK_SECRET_KEY_PREVIOUS', 'Zq7SECRETzQ'],
  ])('%s is not repeated: %s', (name, value) => {
    let message = '';
    try {
      readConfig({ [name]: value });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(name);
    expect(message.replaceAll(name, '')).not.toContain('SECRET');
  });

  test('is known, to be kept out of every log', () => {
    const { secrets } = readConfig({
      DATABASE_URL: 'postgres://u:a%20password@h/d',
      OPENBULK_TOKEN: 'a.token',
      OPENBULK_ISSUER: 'https://login.example',
      OPENBULK_INTROSPECTION_CLIENT: 'client',
      OPENBULK_INTROSPECTION_SECRET: 'its secret',
    });
    expect(secrets.toSorted()).toEqual(['a password', 'a%20password', 'its secret']);
  });
});

describe('traces', () => {
  const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  test.each([
    [{}, false],
    [ENDPOINT, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'True' }, false],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }, true],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'console, otlp' }, true],
  ])('with %j are exported: %s', (env, expected) => {
    expect(readConfig(env).tracing).toBe(expected);
  });

  test('what their headers bear is secret, and what is none is not', () => {
    const headers = 'api-key=abcdef%2B123,Authorization=Bearer%20tokentoken,x-tenant=openbulk,x-token=%ff%ff%ff%ff%ff';
    const { secrets } = readConfig({ OTEL_EXPORTER_OTLP_HEADERS: headers });
    expect(secrets).toEqual(['abcdef%2B123', 'abcdef+123', 'tokentoken', '%ff%ff%ff%ff%ff']);
  });
});

describe('OPENBULK_CONNECTION_…', () => {
  const url = 'postgres://bulk:very-secret@db.example/crm';

  test('is the URL of another database, whose name is the rest of that of the setting', () => {
    const { connections } = readConfig({ OPENBULK_CONNECTION_CRM: url, OPENBULK_CONNECTION_SALES_EU: url });
    expect(connections).toEqual({ crm: url, sales_eu: url });
    expect(readConfig({}).connections).toEqual({});
  });

  test('is known, and its password is hidden from logs', () => {
    expect(unknownSettings({ OPENBULK_CONNECTION_CRM: url, OPENBULK_CONNECTION_crm: url })).toEqual([
      'OPENBULK_CONNECTION_crm',
    ]);
    expect(readConfig({ OPENBULK_CONNECTION_CRM: url }).secrets).toEqual(['very-secret']);
  });

  test('is never shown if it is not valid', () => {
    const read = () => readConfig({ OPENBULK_CONNECTION_CRM: 'mysql://bulk:very-secret@db.example' });
    expect(read).toThrow(/OPENBULK_CONNECTION_CRM must be a PostgreSQL URL .* its value is not shown/);
    expect(read).not.toThrow(/very-secret/);
  });

  test('can be named by OPENBULK_ADOPT', () => {
    expect(readConfig({ OPENBULK_ADOPT: 'acme=crm:sales.*, *=shared.prices' }).adoption).toEqual([
      { slug: 'acme', connection: 'crm', schema: 'sales', table: '*' },
      { slug: '*', schema: 'shared', table: 'prices' },
    ]);
    for (const wrong of ['acme=CRM:sales.*', 'acme=crm:sales', 'acme=:sales.*'])
      expect(() => readConfig({ OPENBULK_ADOPT: wrong })).toThrow(/acme=crm:sales\.\*/);
  });
});
