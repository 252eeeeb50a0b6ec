import { defineConfig } from 'vitest/config';

/** `npm run screenshots`: no test, but it stands on what the tests stand on, a database, the program and a browser. */
export default defineConfig({
  test: {
    include: ['test/console/screenshots/take.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
});
