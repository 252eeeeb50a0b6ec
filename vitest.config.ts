import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Starts the PostgreSQL that the files of a project share. */
const globalSetup = ['test/support/global-setup.ts'];
const programs = ['test/cli/**', 'test/embedded/**', 'packages/client/**'];
const browser = ['test/console/**', 'packages/client/test/chromium.test.ts'];
const unit = ['src/**', 'packages/console/**', 'test/architecture.test.ts', 'test/docs.test.ts'];
const slow = ['test/slow/**'];
/** What is tried on random input, or killed at each of its places (test/support/runs.ts): some of that elsewhere, all of it there. */
const laws = [
  'test/api/http/fuzz.test.ts',
  'test/api/organizations/run-check.test.ts',
  'test/cli/retention.test.ts',
  'test/engine/act.test.ts',
  'test/engine/export.test.ts',
  'test/engine/import/compare-known.test.ts',
  'test/engine/import/dry-run.test.ts',
  'test/engine/import/elsewhere.test.ts',
  'test/engine/import/family.test.ts',
  'test/engine/import/patch.test.ts',
  'test/engine/import/serial-equivalence.test.ts',
  'test/operations/act.test.ts',
  'test/engine/import/refusing-tables.test.ts',
  'test/targets/conformance.test.ts',
];

const testsOf = (folders: readonly string[]) =>
  folders.map((folder) => (folder.endsWith('**') ? `${folder}/*.test.ts` : folder));

/** `npm test` runs everything but `slow`: `npm run test:slow`. One of the others alone: `npm test -- --project browser`. */
export default defineConfig({
  test: {
    // Tests wait for worker processes and for leases as much as they compute. (Those of `slow` measure, and are given room: package.json.)
    maxWorkers: 2 * availableParallelism(),
    // A worker loads the source once, not once for each file: a third of what a file costs. So a file undoes what it does to its process.
    isolate: false,
    // A bound on what hangs, not on what is slow: a machine may be busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // As long as a condition may take on a busy machine; Vitest's own second is too short for a page.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // What needs nothing but this process.
      { extends: true, test: { name: 'unit', include: testsOf(unit) } },
      // The parts of a server on a database; also run on the system's PostgreSQL: `.ci/run`.
      {
        extends: true,
        test: {
          name: 'database',
          include: ['test/**/*.test.ts'],
          exclude: [...unit, ...programs, ...browser, ...slow],
          globalSetup,
        },
      },
      // The program as a person starts it, and its client.
      {
        extends: true,
        test: { name: 'programs', include: testsOf(programs), exclude: browser, globalSetup },
      },
      // Pages in a Chromium.
      { extends: true, test: { name: 'browser', include: testsOf(browser), globalSetup } },
      // Millions of rows, faults at their full length, every run of a law: minutes of waiting.
      {
        extends: true,
        test: {
          name: 'slow',
          include: testsOf([...slow, ...laws]),
          provide: { everyRun: true },
          globalSetup,
          testTimeout: 900_000,
          // Memory is measured: each file in a process of its own, where young objects have the room that a worker gives them.
          isolate: true,
          execArgv: ['--max-semi-space-size=8'],
        },
      },
    ],
  },
});
