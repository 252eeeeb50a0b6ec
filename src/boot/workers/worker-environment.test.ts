import { expect, test } from 'vitest';
import { workerEnvironment } from './worker-environment.ts';

test('a worker is given the settings, and no secret by which tokens are made or asked about', () => {
  const needed = { PATH: '/bin', DATABASE_URL: 'postgres://u:p@h/d', OPENBULK_DATA: 'x', OPENBULK_CHUNK_ROWS: '5' };
  const secrets = {
    OPENBULK_SECRET_KEY: 'x',
    OPENBULK_SECRET_KEY_PREVIOUS: 'x',
    OPENBULK_SECRET_KEY_FILE: 'x',
    OPENBULK_INTROSPECTION_SECRET: 'x',
    OPENBULK_CONSOLE_CLIENT_SECRET: 'x',
    OPENBULK_TOKEN: 'x',
  };
  expect(workerEnvironment({ ...needed, ...secrets, OPENBULK_LOG: 'error' }, 'info')).toEqual({
    ...needed,
    OPENBULK_LOG: 'info',
  });
});
