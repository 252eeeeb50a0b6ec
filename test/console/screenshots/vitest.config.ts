import { defineConfig } from 'vitest/config';
import tests from '../../../vitest.config.ts';

/** `npm run screenshots`: no test, but it stands on what the tests stand on, a database, the program and a browser. */
export default defineConfig({
  test: { ...tests.test, include: ['test/console/screenshots/take.ts'], testTimeout: 900_000, hookTimeout: 300_000 },
});
