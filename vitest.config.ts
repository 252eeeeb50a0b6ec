import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'packages/**/*.test.ts'],
    // Faults that take minutes: `npm run test:slow`.
    exclude: [...configDefaults.exclude, 'test/slow/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // Tests wait for worker processes and for leases more than they compute.
    maxWorkers: '150%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
