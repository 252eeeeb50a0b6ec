import { expect, test } from 'vitest';
import { inTransaction } from '../../src/store/pool.ts';
import { openBench } from '../support/engine.ts';

test('a burst right after the start gives its turns on the connections that it has', async () => {
  const bench = await openBench();
  try {
    const organizations = await Promise.all(Array.from({ length: 5 }, (_, i) => bench.organization(`org-${i}`)));
    // As many transactions as the pool has connections, each begun before any gives its turn.
    let begun = 0;
    let allBegun = () => {};
    const barrier = new Promise<void>((resolve) => {
      allBegun = resolve;
    });
    const giving = organizations.map((organizationId) =>
      inTransaction(bench.pool, async (tx) => {
        begun += 1;
        if (begun === bench.pool.max) allBegun();
        await barrier;
        await bench.turns.give(tx, organizationId);
      }),
    );
    await Promise.all(giving);
    const taken = await Promise.all(organizations.map(() => bench.turns.take()));
    expect(taken.map((turn) => turn?.organizationId).sort()).toEqual(organizations.sort());
  } finally {
    await bench.close();
  }
});
