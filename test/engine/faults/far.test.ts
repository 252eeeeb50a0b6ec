import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSlowWire, type SlowWire } from '../../../bench/support/slow-wire.ts';
import { openBeside } from '../../../src/engine/beside.ts';
import type { Share } from '../../../src/engine/share.ts';
import { runSlice } from '../../../src/engine/slice.ts';
import { prepare } from '../../../src/engine/steps/prepare.ts';
import { openWarmTasks } from '../../../src/engine/warm.ts';
import { openPool, type Pool } from '../../../src/store/connection/pool.ts';
import { claimTask } from '../../../src/store/queue/claim.ts';
import { openTurns, type Turns } from '../../../src/store/queue/turns.ts';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import type { Task } from '../../../src/task/task.ts';
import { submitPatch } from '../../support/data/patches.ts';
import { type Bench, openBench } from '../../support/engine.ts';

/** What a worker asks of the way to its database, counted in ways there and back. */
let bench: Bench;
let slow: SlowWire;
let pool: Pool;
let turns: Turns;

beforeAll(async () => {
  bench = await openBench();
  slow = await openSlowWire(bench.database.url, 10);
  pool = openPool({ url: slow.url, applicationName: 'openbulk test', max: 2 });
  turns = openTurns({ pool, shareMilliseconds: 1_000 });
});
afterAll(async () => {
  await pool.end();
  await slow.close();
  await bench.close();
});

const CHUNK_ROWS = 100;
const CHUNKS = 30;
const HEADER = 'basic.name,basic.type,identifiers.serialNumber\n';

function rows(edition: number): string {
  const lines = Array.from({ length: CHUNK_ROWS * CHUNKS }, (_, i) => `Item ${i} of ${edition},laptop,S${i}\n`);
  return HEADER + lines.join('');
}

/** Works a task off, slice after slice. @returns the ways from the first turn to the end */
async function tripsOf(task: Task, sliceMilliseconds = 60_000): Promise<{ trips: number; slices: number; task: Task }> {
  const warm = openWarmTasks((claim) => prepare({ pool, files: bench.files }, claim));
  const log = pino({ level: 'silent' });
  const context = {
    pool,
    warm,
    beside: openBeside(),
    log,
    meter: () => {},
    chunkRows: CHUNK_ROWS,
    sliceMilliseconds,
    stop: new AbortController().signal,
    onError: () => {},
  };
  const share: Share = {
    over: () => false,
    makesWay: (milliseconds) => milliseconds >= sliceMilliseconds,
    roundTrip: 10,
    news() {},
    async end() {},
  };
  const before = slow.trips();
  let slices = 0;
  for (let turn = await turns.take(); turn; turn = await turns.take()) {
    const claim = await claimTask(pool, turn, { name: 'test', atWork: 4 * CHUNK_ROWS });
    if (!claim) continue;
    await runSlice(context, claim, share);
    slices += 1;
  }
  await warm.close();
  return {
    trips: slow.trips() - before,
    slices,
    task: (await findTask(bench.pool, task.organizationId, task.id)) as Task,
  };
}

test('an import takes a way there and back for each chunk at most, two where it must know what it changes', async () => {
  const organization = await bench.organization('far');
  const run = async (edition: number) =>
    tripsOf(await bench.submit(organization, 'import-inventory-items', rows(edition), { override: true }));
  const fresh = await run(1);
  expect(fresh.task.counters.inserts).toBe(CHUNK_ROWS * CHUNKS);
  expect(fresh.trips).toBeLessThanOrEqual(CHUNKS + 12);
  const again = await run(1);
  expect(again.task.counters.skips).toBe(CHUNK_ROWS * CHUNKS);
  expect(again.trips).toBeLessThanOrEqual(CHUNKS + 16);
  const changed = await run(2);
  expect(changed.task.counters.updates).toBe(CHUNK_ROWS * CHUNKS);
  expect(changed.trips).toBeLessThanOrEqual(CHUNKS + 16);
});

test('a small file takes no more ways where its rows are known: they are not taken for new first', async () => {
  const organization = await bench.organization('far-small');
  const small = rows(1).split('\n').slice(0, 11).join('\n');
  const run = async () =>
    tripsOf(await bench.submit(organization, 'import-inventory-items', small, { override: true }));
  const fresh = await run();
  const again = await run();
  expect([fresh.task.counters.inserts, again.task.counters.skips]).toEqual([10, 10]);
  expect(again.trips).toBeLessThanOrEqual(fresh.trips);
});

test('a patch takes two ways for each chunk', async () => {
  const organization = await bench.organization('far-patch');
  const lines = Array.from({ length: CHUNK_ROWS * CHUNKS }, (_, i) => `{"object_id":"${i}","name":"${i}"}\n`);
  const { trips, task } = await tripsOf(await submitPatch(bench, organization, lines.join('')));
  expect(task.counters.inserts).toBe(CHUNK_ROWS * CHUNKS);
  expect(trips).toBeLessThanOrEqual(2 * CHUNKS + 12);
});

test('between two slices there are six ways', async () => {
  const organization = await bench.organization('far-slices');
  const { trips, slices, task } = await tripsOf(await bench.submit(organization, 'import-inventory-items', rows(1)), 0);
  expect(task.counters.inserts).toBe(CHUNK_ROWS * CHUNKS);
  expect(slices).toBe(CHUNKS);
  expect(trips).toBeLessThanOrEqual(7 * slices + 12);
});
