import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { fileArbitrary, type Law, openLaw } from '../../support/adopted/law.ts';
import { killAt, killWorkers, workAndDie } from '../../support/crashes/worker-process.ts';
import { runs } from '../../support/runs.ts';

/**
 * An import into a table of another database: what becomes of each line, of the table and of what a trigger writes beside it is what one line
 * after the other makes of them, once, whatever is killed.
 */
let law: Law;

beforeAll(async () => {
  law = await openLaw();
});
afterAll(async () => {
  killWorkers(law.bench);
  await law.close();
});

test('ledger, table and what a trigger writes equal those of one line after the other, whatever the size of the chunks', async () => {
  const arbitrary = fc.tuple(
    fc.array(fileArbitrary, { minLength: 1, maxLength: 3 }),
    fc.integer({ min: 1, max: 45 }),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([files, chunkRows, asSets]) => {
      const { bench, elsewhere } = law;
      await law.hold(files, asSets, (task) =>
        bench.working(() => bench.finished(task), { chunkRows, sliceMilliseconds: 1, elsewhere }),
      );
    }),
    { numRuns: runs(40) },
  );
}, 600_000);

test('and so they do although workers are killed at random', async () => {
  const arbitrary = fc.tuple(
    fileArbitrary,
    fileArbitrary,
    fc.integer({ min: 1, max: 12 }),
    killAt('before-hold', 'before-theirs', 'after-theirs', 'after-theirs', 'after-theirs'),
    // The next worker cuts the rest of the file in another way.
    fc.integer({ min: 1, max: 12 }),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async ([first, second, chunkRows, kill, otherRows, asSets]) => {
      const { bench, elsewhere, env } = law;
      await law.hold([first, second], asSets, async (task) => {
        await workAndDie(bench, task, chunkRows, kill, env);
        return bench.working(() => bench.finished(task), { chunkRows: otherRows, elsewhere });
      });
    }),
    { numRuns: runs(8) },
  );
}, 600_000);
