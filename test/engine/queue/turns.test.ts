import { expect, test } from 'vitest';
import { inTransaction } from '../../../src/store/connection/pool.ts';
import { Wire } from '../../../src/store/connection/wire.ts';
import { readQueueState } from '../../../src/store/queue/queue-state.ts';
import type { Turn } from '../../../src/store/queue/turns.ts';
import { type Bench, openBench } from '../../support/engine.ts';

/** What a turn of the bench may take, ms. */
const SHARE = 1_000;

/** With two organizations that have no work. */
async function onBench(work: (bench: Bench, a: string, b: string) => Promise<void>): Promise<void> {
  const bench = await openBench();
  try {
    await work(bench, await bench.organization('org-a'), await bench.organization('org-b'));
  } finally {
    await bench.close();
  }
}

async function give({ pool, turns }: Bench, ...organizations: string[]): Promise<void> {
  for (const organization of organizations) await inTransaction(pool, async (tx) => turns.give(tx, organization));
}

async function taken({ turns }: Bench): Promise<Turn> {
  return (await turns.take()) as Turn;
}

/** Takes a turn that lasts so long, ms. @returns whose it was */
async function serve(bench: Bench, milliseconds: number): Promise<string> {
  const turn = await taken(bench);
  await bench.turns.end(turn, milliseconds - SHARE);
  return turn.organizationId;
}

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

test('who has had least of the time comes next, however often it has come', async () => {
  await onBench(async (bench, a, b) => {
    await give(bench, a);
    expect(await serve(bench, 3_000)).toBe(a);
    let turns = 0;
    for (; ; turns += 1) {
      await give(bench, a, b);
      if ((await serve(bench, 100)) === a) break;
    }
    // As much time as the other has had, less the shares by which a newcomer is ahead, and one that the clock had not come to.
    expect(turns).toBeGreaterThanOrEqual(20);
    expect(turns).toBeLessThanOrEqual(40);
  });
});

test('an organization that comes after a long time has no right to all the time that it did not ask for', async () => {
  await onBench(async (bench, a, b) => {
    for (let i = 0; i < 50; i += 1) {
      await give(bench, a);
      await serve(bench, SHARE);
    }
    let turns = 0;
    for (; ; turns += 1) {
      await give(bench, a, b);
      if ((await serve(bench, SHARE)) === a) break;
    }
    // The three shares by which a newcomer is ahead, and one: not fifty.
    expect(turns).toBeGreaterThanOrEqual(1);
    expect(turns).toBeLessThanOrEqual(4);
  });
});

test('an organization that has a worker comes after one that has none', async () => {
  await onBench(async (bench, a, b) => {
    await give(bench, a);
    expect((await taken(bench)).organizationId).toBe(a);
    await give(bench, a, b);
    expect((await taken(bench)).organizationId).toBe(b);
    expect((await taken(bench)).organizationId).toBe(a);
    expect(await bench.turns.take()).toBeUndefined();
  });
});

test('a turn sees who else waits, and what it takes beyond its share is put down', async () => {
  await onBench(async (bench, a, b) => {
    await give(bench, a);
    const turn = await taken(bench);
    expect(await bench.turns.look(turn, 0)).toEqual({ used: SHARE, more: false });
    expect(await bench.turns.look(turn, 2 * SHARE)).toEqual({ used: 3 * SHARE, more: false });
    await give(bench, b);
    const { next, used } = await bench.turns.look(turn, 0);
    // It begins before the last that was begun: who works gives way to it at once.
    expect(used - (next as number)).toBeGreaterThanOrEqual(2 * SHARE);
  });
});

test('a submission that hangs keeps only its own organization waiting', async () => {
  await onBench(async (bench, a, b) => {
    await give(bench, a);
    const hung = await bench.pool.connect();
    const tx = new Wire(hung);
    await tx.query('begin');
    bench.turns.give(tx, a);
    await tx.answered();
    await give(bench, b);
    const turn = await taken(bench);
    expect(turn.organizationId).toBe(b);
    await tx.rollback();
    hung.release();
    expect((await taken(bench)).organizationId).toBe(a);
  });
});

test('a turn that is lost with its worker is given anew, and only to who has work', async () => {
  await onBench(async (bench, a) => {
    await bench.submit(a, 'import-inventory-items', 'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n');
    expect((await taken(bench)).organizationId).toBe(a);
    expect(await bench.turns.take()).toBeUndefined();
    await bench.turns.giveLost();
    await bench.turns.giveLost();
    expect((await taken(bench)).organizationId).toBe(a);
    expect(await bench.turns.take()).toBeUndefined();
  });
});

test('a turn that another session has locked for a moment is taken as soon as it is let go', async () => {
  await onBench(async (bench, a) => {
    await give(bench, a);
    const other = await bench.pool.connect();
    await other.query('begin');
    await other.query('select from turns where organization_id = $1 for update', [a]);
    const taking = bench.turns.take();
    const looks = `select from pg_stat_activity where datname = current_database() and state = 'idle' and query ~ 'skip locked'
      and query !~ 'pg_stat_activity'`;
    while ((await bench.pool.query(looks)).rowCount === 0);
    await other.query('commit');
    other.release();
    expect(await taking).toMatchObject({ organizationId: a });
  });
});

test('how long organizations wait is known while they do, and told with their turns; one that waits already does not begin anew', async () => {
  await onBench(async (bench, a, b) => {
    const { pool } = bench;
    const state = () => readQueueState(pool, 2_000);
    expect(await state()).toMatchObject({ organizations: 0, oldestWaitSeconds: 0 });
    await give(bench, a, b);
    await pool.query(`update turns set waiting_since = waiting_since - interval '1 hour' where organization_id = $1`, [
      a,
    ]);
    await give(bench, a);
    const { organizations, oldestWaitSeconds } = await state();
    expect(organizations).toBe(2);
    expect(oldestWaitSeconds).toBeGreaterThanOrEqual(3_600);
    const waits: Record<string, number> = {};
    for (const turn of [await taken(bench), await taken(bench)]) waits[turn.organizationId] = turn.waitedSeconds;
    expect(waits[a]).toBeGreaterThanOrEqual(3_600);
    expect(waits[b]).toBeLessThan(3_600);
    expect(await state()).toMatchObject({ organizations: 0, oldestWaitSeconds: 0 });
    // The next wait is another one.
    await give(bench, a);
    expect((await taken(bench)).waitedSeconds).toBeLessThan(3_600);
  });
});
