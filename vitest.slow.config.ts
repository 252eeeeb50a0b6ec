import { defineConfig } from 'vitest/config';

/** Faults at their full length: with real processes, and minutes of waiting. */
export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 900_000,
    hookTimeout: 60_000,
  },
});
