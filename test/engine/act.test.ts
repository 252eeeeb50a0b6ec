import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { cancelTask } from '../../src/service/control/cancel-task.ts';
import { isConflict } from '../../src/store/connection/pool.ts';
import { findTask } from '../../src/store/tasks/tasks.ts';
import { isTerminal } from '../../src/task/lifecycle.ts';
import type { Task } from '../../src/task/task.ts';
import { failAt } from '../support/crashes/fail-at.ts';
import { expireLeases, killWorkers, startWorker } from '../support/crashes/worker-process.ts';
import { countActions, type DeviceState, deviceStates, putDevices, submitAct } from '../support/data/devices.ts';
import { ledgerOutcomes } from '../support/data/generated.ts';
import { asked, type Bench, openBench } from '../support/engine.ts';
import { places } from '../support/runs.ts';

vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;
let organization: string;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers();
  await bench.close();
});
beforeEach(async () => {
  made += 1;
  organization = await bench.organization(`act-${made}`);
});

/** Blocks these devices for good, as `submitAct` would. */
async function block(ids: readonly (string | undefined)[]): Promise<void> {
  await bench.pool.query(`update devices set action = 'block', action_reason = 'lost' where id = any($1)`, [ids]);
}

test('every device has one outcome: changed ones are updated, those that were exactly so are skipped', async () => {
  const ids = await putDevices(bench.pool, organization, 10);
  await block([ids[0], ids[4], ids[9]]);
  await bench.pool.query(`update devices set action_reason = 'other' where id = $1`, [ids[9]]);
  const task = await submitAct(bench, organization);
  const done = await bench.working(() => bench.finished(task), { chunkRows: 3 });
  expect(done.counters).toEqual({ items: 10, inserts: 0, updates: 8, deletes: 0, skips: 2, errors: 0 });
  expect(done.progress).toEqual({ done: 10, total: 10 });
  const outcomes = await ledgerOutcomes(bench.pool, done);
  expect([...outcomes].filter(([, outcome]) => outcome === 'skipped').map(([ordinal]) => ordinal)).toEqual([1, 5]);
  expect([...outcomes.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await countActions(bench.pool, organization)).toEqual({ block: 10 });
  const again = await submitAct(bench, organization);
  expect((await bench.working(() => bench.finished(again))).counters).toMatchObject({
    updates: 0,
    deletes: 0,
    skips: 10,
  });
});

test('a limit counts the devices that change, not those that were so already', async () => {
  const ids = await putDevices(bench.pool, organization, 20);
  await block([ids[0], ids[1], ids[2], ids[7]]);
  const task = await submitAct(bench, organization, { maxLimit: 6 });
  const done = await bench.working(() => bench.finished(task), { chunkRows: 4 });
  expect(done.counters).toMatchObject({ items: 10, updates: 6, deletes: 0, skips: 4 });
  const blocked = [...(await deviceStates(bench.pool, organization))].filter(([, { action }]) => action === 'block');
  expect(blocked.map(([id]) => id)).toEqual(ids.slice(0, 10));
});

test('cleanup deletes what matches, of this organization alone', async () => {
  const other = await bench.organization(`act-${made}-other`);
  await putDevices(bench.pool, other, 3);
  await putDevices(bench.pool, organization, 5);
  const kept = await putDevices(bench.pool, organization, 2, 'HP Inc.');
  const criteria = { field: 'vendor', op: 'eq', value: 'Apple, Inc.' };
  const task = await submitAct(bench, organization, { type: 'cleanup', criteria });
  const done = await bench.working(() => bench.finished(task), { chunkRows: 2 });
  expect(done.counters).toMatchObject({ items: 5, updates: 5 });
  expect([...(await deviceStates(bench.pool, organization)).keys()]).toEqual(kept);
  expect((await deviceStates(bench.pool, other)).size).toBe(3);
});

test('the devices of a task go back together: at its duration after it began, by the clock', async () => {
  await putDevices(bench.pool, organization, 10);
  let now = Date.parse('2026-06-01T08:00:00Z');
  // Every look at the clock is a minute later.
  const clock = () => {
    now += 60_000;
    return new Date(now);
  };
  const task = await submitAct(bench, organization, { durationSeconds: 7 * 86_400 });
  await bench.working(() => bench.finished(task), { chunkRows: 3, clock });
  const ends = new Set(
    [...(await deviceStates(bench.pool, organization)).values()].map((d) => d.action_until?.getTime()),
  );
  expect(ends.size).toBe(1);
});

test('what a task has not reached when its time is over stays as it is, and the task is completed', async () => {
  await putDevices(bench.pool, organization, 6);
  const task = await submitAct(bench, organization, { durationSeconds: 60 });
  // As a first slice has left it whose server was down for longer than the minute.
  await bench.pool.query(
    `update tasks set plan = jsonb_build_object('until', now() - interval '1 second'), progress_total = 6 where id = $1`,
    [task.id],
  );
  const done = await bench.working(() => bench.finished(task));
  expect([done.status, done.counters.items]).toEqual(['completed', 0]);
  expect(await countActions(bench.pool, organization)).toEqual({ none: 6 });
});

test('two tasks on the same devices at the same time leave each device as one after the other would', async () => {
  await putDevices(bench.pool, organization, 3_000);
  const tasks = [
    await submitAct(bench, organization, { type: 'throttle', durationSeconds: 3_600 }),
    await submitAct(bench, organization, { type: 'deny' }),
    await submitAct(bench, organization, { type: 'monitor', durationSeconds: 7_200 }),
  ];
  const env = { OPENBULK_CHUNK_ROWS: '100', OPENBULK_SLICE_MS: '100' };
  const workers = [1, 2].map(() => startWorker(bench, env));
  for (const task of tasks) {
    const done = await bench.finished(task, 60_000);
    expect([done.status, done.counters.updates, done.error]).toEqual(['completed', 3_000, undefined]);
  }
  for (const worker of workers) worker.kill('SIGKILL');
  const { rows } = await bench.pool.query<{ state: string }>(
    `select distinct concat_ws(' over ', action, (select string_agg(coalesce(e->>'action', 'none'), ' over ' order by n desc)
       from jsonb_array_elements(action_stack) with ordinality s(e, n))) as state from devices where organization_id = $1`,
    [organization],
  );
  const orders = new Set(['monitor over deny', 'throttle over deny', 'throttle over monitor over deny', 'deny']);
  for (const { state } of rows) expect(orders).toContain(state);
});

test('a device that somebody else is changing is waited for, and judged by what it is then', async () => {
  const ids = await putDevices(bench.pool, organization, 8);
  const criteria = { field: 'vendor', op: 'eq', value: 'Apple, Inc.' };
  const task = await submitAct(bench, organization, { criteria });
  const other = await bench.pool.connect();
  await other.query('begin');
  await other.query(`update devices set action = 'block', action_reason = 'lost' where id = $1`, [ids[3]]);
  await other.query(`update devices set vendor = 'HP Inc.' where id = $1`, [ids[5]]);
  const done = await bench.working(async () => {
    await bench.lockAwaited();
    await other.query('commit');
    other.release();
    return bench.finished(task);
  });
  expect(done.counters).toMatchObject({ items: 7, updates: 6, deletes: 0, skips: 1 });
  expect((await deviceStates(bench.pool, organization)).get(ids[5] as string)?.action).toBeNull();
});

test('cancelling stops the rest, and what is told is what was done', async () => {
  await putDevices(bench.pool, organization, 5_000);
  const task = await submitAct(bench, organization);
  await bench.working(
    async () => {
      while ((await findTask(bench.pool, organization, task.id))?.counters.items === 0) await sleep(5);
      await cancelTask(bench, asked({ organizationId: organization, id: task.id }), task.createdBy);
      await bench.othersServed();
    },
    { chunkRows: 50 },
  );
  const { status, counters } = (await findTask(bench.pool, organization, task.id)) as Task;
  expect(status).toBe('cancelled');
  expect(counters.updates).toBeLessThan(5_000);
  expect((await countActions(bench.pool, organization)).block).toBe(counters.updates);
});

test('progress never falls although devices come and go while it runs, and it ends however fast they come', async () => {
  await putDevices(bench.pool, organization, 2_000);
  const task = await submitAct(bench, organization);
  let before = 0;
  await bench.working(
    async () => {
      for (let over = false; !over; ) {
        const now = (await findTask(bench.pool, organization, task.id)) as Task;
        expect(now.progress.done).toBeGreaterThanOrEqual(before);
        before = now.progress.done;
        over = isTerminal(now.status);
        if (over || now.status === 'pending') continue;
        await putDevices(bench.pool, organization, 500);
        await bench.pool
          .query(
            'delete from devices where id in (select id from devices where organization_id = $1 order by id limit 10)',
            [organization],
          )
          // Of two that lock the same devices in other orders, PostgreSQL lets one go: sometimes this one.
          .catch((error) => isConflict(error) || Promise.reject(error));
      }
    },
    { chunkRows: 100 },
  );
  const { rows } = await bench.pool.query(
    'select count(*) as late from devices where organization_id = $1 and action is not null and created_at > (select started_at from tasks where id = $2)',
    [organization, task.id],
  );
  expect(rows[0].late).toBe(0);
});

const ENV = { OPENBULK_CHUNK_ROWS: '100', OPENBULK_SLICE_MS: '100' };
const ROWS = 1_500;
const LIMIT = 1_000;

test.concurrent.for(places(['before-commit=kill@4', 'after-commit=kill@4', 'before-finish=kill', 'after-finish=kill']))(
  'a limited, timed action whose worker is killed ends as if nothing had happened: %s',
  async (failpoint) => {
    const scene = await openBench();
    try {
      const owner = await scene.organization('crash-test');
      const ids = await putDevices(scene.pool, owner, ROWS);
      const task = await submitAct(scene, owner, { durationSeconds: 86_400, maxLimit: LIMIT });
      const killed = startWorker(scene, { ...ENV, ...failAt(failpoint) });
      expect((await killed.exited()).signal).toBe('SIGKILL');
      await expireLeases(scene);
      startWorker(scene, ENV);
      const done = await scene.finished(task, 60_000);
      expect([done.status, done.counters.items, done.counters.updates]).toEqual(['completed', LIMIT, LIMIT]);
      expect((await ledgerOutcomes(scene.pool, done)).size).toBe(LIMIT);
      const states = await deviceStates(scene.pool, owner);
      const blocked = [...states].filter(([, { action }]) => action === 'block');
      expect(blocked.map(([id]) => id)).toEqual(ids.slice(0, LIMIT));
      const ends = new Set(blocked.map(([, state]: [string, DeviceState]) => state.action_until?.getTime()));
      expect(ends.size).toBe(1);
      // Put on top once, not twice.
      const { rows } = await scene.pool.query(
        `select distinct jsonb_array_length(action_stack) as entries from devices where action = 'block'`,
      );
      expect(rows).toEqual([{ entries: 1 }]);
    } finally {
      killWorkers(scene);
      await scene.close();
    }
  },
);
