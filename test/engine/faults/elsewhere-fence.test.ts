import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyElsewhere } from '../../../src/engine/steps/elsewhere.ts';
import type { Step, StepElsewhere } from '../../../src/operations/work.ts';
import { cancelTask } from '../../../src/service/control/cancel-task.ts';
import { commit } from '../../../src/store/connection/pool.ts';
import { Wire } from '../../../src/store/connection/wire.ts';
import { type Elsewhere, openElsewhere } from '../../../src/store/elsewhere/databases.ts';
import { AppliedBeforeError } from '../../../src/store/elsewhere/errors.ts';
import { makeMarkers } from '../../../src/store/elsewhere/marker-table.ts';
import { type Evidence, findApplied, markApplied, takeChunk } from '../../../src/store/elsewhere/markers.ts';
import { recordChunk } from '../../../src/store/ledger/chunks.ts';
import { type Claim, type Claimant, claimTask } from '../../../src/store/queue/claim.ts';
import { endLeases, type Lease, LeaseLostError } from '../../../src/store/queue/lease.ts';
import { beginTask } from '../../../src/store/queue/task-work.ts';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { newId } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { asked, type Bench, openBench, somebody } from '../../support/engine.ts';

/** Two workers with the same chunk, one of which has lost its lease: whichever comes first, the effect is made once. */
let bench: Bench;
let there: TestDatabase;
let elsewhere: Elsewhere;
let database: StepElsewhere;
let task: Task;
let made = 0;

const claimant: Claimant = { name: 'test', atWork: 100 };
const evidence: Evidence = {
  outcomes: {
    inserted: [2],
    updated: [],
    deleted: [3],
    skipped: [],
    errored: [{ line: 4, code: 'invalid_value', reason: 'No.' }],
  },
  start: { offset: 0, line: 2 },
  ...{ lastLine: 4, cursor: { offset: 10, line: 5 }, progress: 10, done: false },
};

beforeAll(async () => {
  bench = await openBench();
  there = await createTestDatabase({ migrated: false });
  await there.pool.query('create table public.effects (token integer)');
  await makeMarkers(there.pool);
  elsewhere = openElsewhere({ crm: there.url }, { applicationName: 'test', max: 4, purpose: 'maintenance' });
  database = { database: elsewhere.get('crm'), engine: newId() };
});
beforeEach(async () => {
  await there.pool.query('truncate public.effects');
  made += 1;
  const organizationId = await bench.organization(`fence-${made}`);
  task = await bench.submit(organizationId, 'import-inventory-items', 'basic.name,basic.type\nA,b\n');
});
afterAll(async () => {
  await elsewhere.end();
  await there.drop();
  await bench.close();
});

/** Claims the task at hand, and begins it. */
async function claimed(): Promise<Lease> {
  for (;;) {
    const turn = await bench.turns.take();
    if (!turn) throw new Error('no turn');
    const claim = (await claimTask(bench.pool, turn, claimant)) as Claim;
    if (claim?.lease.taskId !== task.id) continue;
    if (!claim.begun) await beginTask(bench.pool, claim.lease, { plan: { version: 1 }, cursor: evidence.start });
    return claim.lease;
  }
}

async function lose(): Promise<void> {
  await endLeases(bench, { holder: claimant.name, how: 'dead' });
}

/** A step whose effect is a row with the token of the lease. @param wait before the worker looks at its lease */
function stepOf({ token }: Lease, wait: () => Promise<unknown> = async () => {}): Step {
  return {
    async apply(_, __, tx) {
      await tx?.query('insert into public.effects values ($1)', [token]);
      await wait();
      return evidence;
    },
  };
}

/** Does a chunk as a worker does it. @returns once it is committed in both databases */
async function work(lease: Lease, step: Step = stepOf(lease), chunk = 0): Promise<void> {
  const client = await bench.pool.connect();
  const session = new Wire(client);
  try {
    const at = { session, lease, chunk, step, seconds: 5, busy: () => {} };
    recordChunk(session, lease, { ...(await applyElsewhere(database, at)), chunk });
    await commit(session);
  } catch (error) {
    await session.rollback();
    throw error;
  } finally {
    client.release();
  }
}

async function effects(): Promise<number[]> {
  return (await there.pool.query('select token from public.effects')).rows.map(({ token }) => token);
}

const marked = () => ({ engine: database.engine, taskId: task.id, chunk: 0 });

async function counted(): Promise<unknown> {
  return (await findTask(bench.pool, task.organizationId, task.id))?.counters;
}

const ALL = { items: 3, inserts: 1, updates: 0, deletes: 1, skips: 0, errors: 1 };

test('a chunk is committed there with its evidence, and here', async () => {
  await work(await claimed());
  expect(await effects()).toEqual([1]);
  expect(await findApplied(there.pool, marked())).toEqual(evidence);
  expect(await counted()).toEqual(ALL);
});

test('a worker that wakes up after another has done its chunk finds it done, and changes nothing', async () => {
  const first = await claimed();
  await lose();
  const second = await claimed();
  await work(second);
  await expect(work(first)).rejects.toBeInstanceOf(AppliedBeforeError);
  expect(await effects()).toEqual([2]);
  expect(await counted()).toEqual(ALL);
});

test('a worker that lost its lease while it wrote does not commit, although nobody has done its chunk', async () => {
  const first = await claimed();
  await expect(work(first, stepOf(first, lose))).rejects.toBeInstanceOf(LeaseLostError);
  expect(await effects()).toEqual([]);
  expect(await findApplied(there.pool, marked())).toBeUndefined();
  await work(await claimed());
  expect(await effects()).toEqual([2]);
});

test('nor does one whose markers are removed already, since its task has ended', async () => {
  const first = await claimed();
  await cancelTask(bench, asked(task), somebody);
  await expect(work(first)).rejects.toBeInstanceOf(LeaseLostError);
  expect(await effects()).toEqual([]);
});

test('nor one that has another chunk for the next than the ledger', async () => {
  const lease = await claimed();
  await work(lease);
  await expect(work(lease, stepOf(lease), 2)).rejects.toBeInstanceOf(LeaseLostError);
  expect(await effects()).toEqual([1]);
});

test('the next worker waits for the one before it, whose commit may be on its way: it finds the chunk done', async () => {
  const first = await claimed();
  await lose();
  const second = await claimed();
  const late = await lateCommit(first);
  const waiting = work(second);
  waiting.catch(() => {});
  await expect.poll(blocked, { timeout: 60_000 }).toBe(1);
  await late('commit');
  await expect(waiting).rejects.toBeInstanceOf(AppliedBeforeError);
  expect(await effects()).toEqual([1]);
  expect(await findApplied(there.pool, marked())).toEqual(evidence);
});

test('and if that one comes to nothing, it does the chunk', async () => {
  const first = await claimed();
  await lose();
  const second = await claimed();
  const late = await lateCommit(first);
  const waiting = work(second);
  await expect.poll(blocked, { timeout: 60_000 }).toBe(1);
  await late('rollback');
  await waiting;
  expect(await effects()).toEqual([2]);
  expect(await counted()).toEqual(ALL);
});

/** A worker that has looked at its lease, and sent all but the last word. */
async function lateCommit(lease: Lease): Promise<(word: 'commit' | 'rollback') => Promise<void>> {
  const client = await there.pool.connect();
  const tx = new Wire(client);
  tx.send('begin');
  await takeChunk(tx, marked(), lease.token);
  await tx.query({ text: 'insert into public.effects values ($1)', values: [lease.token] });
  markApplied(tx, marked(), evidence);
  await tx.answered();
  return async (word) => {
    await tx.query(word);
    client.release();
  };
}

async function blocked(): Promise<number> {
  const { rows } = await there.pool.query(
    `select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into openbulk.applied_chunks%'`,
  );
  return rows[0].n;
}

test('nobody stops a task between the two commits', async () => {
  const lease = await claimed();
  let cancelled = false;
  const client = await bench.pool.connect();
  const session = new Wire(client);
  const at = { session, lease, chunk: 0, step: stepOf(lease), seconds: 5, busy: () => {} };
  const result = await applyElsewhere(database, at);
  const cancelling = cancelTask(bench, asked(task), somebody).then(() => {
    cancelled = true;
  });
  await bench.lockAwaited();
  expect(cancelled).toBe(false);
  recordChunk(session, lease, { ...result, chunk: 0 });
  await commit(session);
  client.release();
  await cancelling;
  expect(await counted()).toEqual(ALL);
});
