import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { leaveInTime } from '../../../src/engine/leave-in-time.ts';
import { cancelTask } from '../../../src/service/control/cancel-task.ts';
import { pauseTask } from '../../../src/service/control/pause-task.ts';
import { resumeTask } from '../../../src/service/control/resume-task.ts';
import { commit, inTransaction } from '../../../src/store/connection/pool.ts';
import { Wire } from '../../../src/store/connection/wire.ts';
import { beginChunk, type ChunkRecord, recordChunk } from '../../../src/store/ledger/chunks.ts';
import { narrowSuspects, noteAtWork } from '../../../src/store/ledger/crashes.ts';
import { type Claim, type Claimant, claimTask } from '../../../src/store/queue/claim.ts';
import { endLeases, LeaseLostError, releaseTask, renewLease } from '../../../src/store/queue/lease.ts';
import { beginTask, failTask } from '../../../src/store/queue/task-work.ts';
import type { Turn } from '../../../src/store/queue/turns.ts';
import { insertTask } from '../../../src/store/tasks/tasks.ts';
import { newId } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { asked, type Bench, openBench, somebody } from '../../support/engine.ts';

let bench: Bench;
let organization: string;
let made = 0;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const FILE = 'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n';

async function submitted(): Promise<Task> {
  made += 1;
  organization = await bench.organization(`fence-${made}`);
  return bench.submit(organization, 'import-inventory-items', FILE);
}

const claimant: Claimant = { name: 'test', atWork: 100 };

/** Claims a task of the organization at hand; turns that others have left are used up. */
async function claimed(by: Claimant = claimant): Promise<Claim> {
  let turn = await bench.turns.take();
  while (turn && turn.organizationId !== organization) {
    await claimTask(bench.pool, turn, claimant);
    turn = await bench.turns.take();
  }
  return (await claimTask(bench.pool, turn as Turn, by)) as Claim;
}

const chunk: ChunkRecord = {
  chunk: 0,
  outcomes: { inserted: [2], updated: [], deleted: [], skipped: [], errored: [] },
  start: { offset: 0, line: 2 },
  lastLine: 2,
  cursor: { offset: 10, line: 3 },
  progress: 10,
  done: false,
};

/** Everything a worker writes, each of which must be refused to one that lost its lease. */
async function expectFencedOff({ lease }: Claim): Promise<void> {
  const before = await state(lease.taskId);
  const writes = [
    () => renewLease(bench.pool, lease),
    () => beginTask(bench.pool, lease, { plan: { version: 1 }, cursor: { offset: 0, line: 1 } }),
    () => beginTask(bench.pool, lease),
    () => failTask(bench.pool, lease, { code: 'empty_file', message: 'x' }),
    () =>
      inTransaction(bench.pool, async (tx) => {
        await tx.query(`insert into mdm_users (id, organization_id, key, email) values ($1, $2, 'zombie', 'zombie')`, [
          newId(),
          lease.organizationId,
        ]);
        recordChunk(tx, lease, chunk);
      }),
  ];
  for (const write of writes) await expect(write()).rejects.toBeInstanceOf(LeaseLostError);
  expect(await state(lease.taskId)).toEqual(before);
  const { rows } = await bench.pool.query(`select from mdm_users where key = 'zombie'`);
  expect(rows).toEqual([]);
}

async function state(taskId: string): Promise<unknown> {
  const { rows } = await bench.pool.query(
    'select t.*, (select count(*) from task_chunks where task_id = t.id) as ledger from tasks t where id = $1',
    [taskId],
  );
  return rows[0];
}

test('a worker whose task was taken over writes nothing, although the new lease is valid', async () => {
  await submitted();
  const first = await claimed();
  await endLeases(bench, { holder: claimant.name, how: 'dead' });
  const second = await claimed();
  expect(second.lease.token).toBe(first.lease.token + 1);
  expect(second.crashes).toEqual([{ token: first.lease.token, from: 0, to: 100 }]);
  await expectFencedOff(first);
  // Handing back what is not its own any more changes nothing either.
  await releaseTask(bench.pool, first.lease);
  await renewLease(bench.pool, second.lease);
});

test('a worker whose lease has run out writes nothing, although nobody has taken its task over yet', async () => {
  await submitted();
  const claim = await claimed();
  await renewLease(bench.pool, claim.lease);
  await bench.pool.query('update tasks set lease_until = clock_timestamp() where id = $1', [claim.lease.taskId]);
  await expectFencedOff(claim);
});

test('a worker whose task was cancelled, or paused and resumed, writes nothing', async () => {
  const cancelled = await submitted();
  const first = await claimed();
  await cancelTask(bench, asked(cancelled), somebody);
  await expectFencedOff(first);
  const paused = await submitted();
  const second = await claimed();
  await pauseTask(bench, asked(paused));
  await expectFencedOff(second);
  await resumeTask(bench, asked(paused));
  await expectFencedOff(second);
});

test('a task that is handed back is no crash, and is claimed again at once', async () => {
  await submitted();
  const first = await claimed();
  await releaseTask(bench.pool, first.lease);
  const second = await claimed();
  expect(second.lease).toEqual({ ...first.lease, token: first.lease.token + 1 });
  expect(second).toMatchObject({ crashes: [], lapsed: false });
});

describe('a lease that ran out', () => {
  /** As if its time were over, though it was renewed just before. */
  async function lapse({ lease }: Claim): Promise<void> {
    // Where the server itself was just started, nobody is blamed.
    const young = `select clock_timestamp() - pg_postmaster_start_time() < interval '31 seconds' as young`;
    while ((await bench.pool.query(young)).rows[0].young) await sleep(500);
    await bench.pool.query(`update tasks set lease_until = clock_timestamp() - interval '1 ms' where id = $1`, [
      lease.taskId,
    ]);
    await inTransaction(bench.pool, async (tx) => bench.turns.give(tx, organization));
  }

  test('is a crash', async () => {
    await submitted();
    const first = await claimed();
    await lapse(first);
    const second = await claimed();
    expect(second.lapsed).toBe(true);
    expect(second.crashes).toEqual([{ token: first.lease.token, from: 0, to: 100 }]);
  });

  test('is none where the claimant could not reach the database either, since the lease was renewed', async () => {
    await submitted();
    await lapse(await claimed());
    const second = await claimed({ ...claimant, steadySeconds: 29 });
    expect(second).toMatchObject({ lapsed: true, crashes: [] });
    await lapse(second);
    const third = await claimed({ ...claimant, steadySeconds: 31 });
    expect(third.crashes).toHaveLength(1);
  });

  test('is none where the database was restarted since the lease was renewed', async () => {
    await submitted();
    const { lease } = await claimed();
    await bench.pool.query(
      `update tasks set lease_until = pg_postmaster_start_time() + interval '29 seconds' where id = $1`,
      [lease.taskId],
    );
    const over = 'select from tasks where id = $1 and lease_until < clock_timestamp()';
    while ((await bench.pool.query(over, [lease.taskId])).rows.length === 0) await sleep(500);
    await inTransaction(bench.pool, async (tx) => bench.turns.give(tx, organization));
    expect(await claimed()).toMatchObject({ lapsed: true, crashes: [] });
  });

  test('is none as soon as its worker says that it lives, whoever has the task meanwhile', async () => {
    await submitted();
    const first = await claimed();
    await lapse(first);
    const second = await claimed();
    expect(second.crashes).toHaveLength(1);
    await noteAtWork(bench.pool, second.lease, { from: 0, to: 50 });
    await releaseTask(bench.pool, first.lease);
    await renewLease(bench.pool, second.lease);
    await lapse(second);
    const third = await claimed();
    expect(third.crashes).toEqual([{ token: second.lease.token, from: 0, to: 50 }]);
    // One that hung lives, too, and takes nothing back.
    await releaseTask(bench.pool, second.lease, { crash: { from: 0, to: 50 } });
    await releaseTask(bench.pool, third.lease);
    expect((await claimed()).crashes).toEqual(third.crashes);
  });

  test('is none either when its worker says so at the moment at which another claims the task', async () => {
    await submitted();
    const { lease } = await claimed();
    const other = await bench.pool.connect();
    await other.query('begin');
    await other.query('update tasks set lease_token = lease_token + 1 where id = $1', [lease.taskId]);
    await other.query('insert into task_crashes values ($1, $2, 0, 100)', [lease.taskId, lease.token]);
    const saying = releaseTask(bench.pool, lease);
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%task_crashes%'`;
    await expect.poll(async () => (await bench.pool.query(waiting)).rows.length).toBe(1);
    await other.query('commit');
    other.release();
    await saying;
    const { rows } = await bench.pool.query('select from task_crashes where task_id = $1', [lease.taskId]);
    expect(rows).toEqual([]);
  });

  test('before its worker began with anything under suspicion says nothing', async () => {
    await submitted();
    const first = await claimed();
    await lapse(first);
    const second = await claimed();
    await lapse(second);
    expect((await claimed()).crashes).toEqual(second.crashes);
  });

  test('of a worker that was told to end, or does not know of it, is handed back', async () => {
    await submitted();
    const { lease } = await claimed();
    await noteAtWork(bench.pool, lease, { from: 0, to: 1 });
    await endLeases(bench, { holder: claimant.name, how: 'idle' });
    expect(await claimed()).toMatchObject({ lapsed: false, crashes: [] });
  });
});

test('a chunk that takes too long for a stop is left, and its task handed back', async () => {
  await submitted();
  const { lease } = await claimed();
  const stop = new AbortController();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stay = leaveInTime({ ...bench, stop: stop.signal, log: pino({ level: 'silent' }) }, lease);
  stop.abort();
  vi.advanceTimersByTime(8_000);
  vi.useRealTimers();
  await expect.poll(() => state(lease.taskId)).toMatchObject({ lease_until: null });
  stay();
  await expect(renewLease(bench.pool, lease)).rejects.toBeInstanceOf(LeaseLostError);
  expect(await claimed()).toMatchObject({ lapsed: false, crashes: [] });
});

test('what is committed is innocent: the chunk that is past a crash clears it', async () => {
  await submitted();
  const { lease } = await claimed();
  for (const [token, to] of [
    [-3, 100],
    [-2, 50],
    [-1, 2],
  ] as const) {
    await noteAtWork(bench.pool, { taskId: lease.taskId, token }, { from: 0, to });
  }
  await noteAtWork(bench.pool, lease, { from: 0, to: 1 });
  const left = async () => {
    const { rows } = await bench.pool.query(
      'select lease_token, from_record, to_record from task_crashes where task_id = $1 order by 1',
      [lease.taskId],
    );
    return rows.map(Object.values);
  };
  await inTransaction(bench.pool, (tx) => narrowSuspects(tx, lease, { behind: 2, next: { from: 2, to: 26 } }));
  expect(await left()).toEqual([
    [-3, 0, 100],
    [-2, 0, 50],
    [lease.token, 2, 26],
  ]);
  await inTransaction(bench.pool, (tx) => narrowSuspects(tx, lease, { behind: 60 }));
  expect(await left()).toEqual([[-3, 0, 100]]);
});

test('a claim waits for a submission that counts on the turn it was made with', async () => {
  await submitted();
  const submission = await bench.pool.connect();
  const { rows: files } = await bench.pool.query('select id from files where organization_id = $1', [organization]);
  const tx = new Wire(submission);
  await tx.query('begin');
  const late = {
    id: newId(),
    organizationId: organization,
    operation: 'import' as const,
    action: 'import-inventory-items',
    origin: 'organizations',
    config: { override: false },
  };
  await insertTask(tx, { ...late, fileId: files[0].id, createdBy: somebody });
  // A turn waits already, so this adds none.
  bench.turns.give(tx, organization);
  await tx.answered();
  let done = false;
  const claiming = claimed().then((claim) => {
    done = true;
    return claim;
  });
  await bench.lockAwaited();
  expect(done).toBe(false);
  await tx.query('commit');
  submission.release();
  const first = await claiming;
  // The claim saw the second task and passed the organization's turn on to it.
  const second = await claimed();
  expect([first.lease.taskId, second.lease.taskId]).toContain(late.id);
});

test('the start of a task does not wait for the disk', async () => {
  await submitted();
  const claim = await claimed();
  await inTransaction(bench.pool, async (tx) => {
    await beginTask(tx, claim.lease);
    const { rows } = await tx.query<{ synchronous_commit: string }>('show synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: 'off' }]);
  });
});

test.for([
  { done: false, commits: 'off' },
  { done: true, commits: 'on' },
])('only the chunk that ends its task waits for the disk (done: $done)', async ({ done, commits }) => {
  await submitted();
  const claim = await claimed();
  await beginTask(bench.pool, claim.lease, { plan: { version: 1 }, cursor: chunk.start });
  const session = await bench.pool.connect();
  const tx = new Wire(session);
  const setting = async (name: string) => {
    const { rows } = await tx.query<Record<string, string>>(`show ${name}`);
    return rows[0]?.[name];
  };
  try {
    beginChunk(tx);
    expect(await setting('synchronous_commit')).toBe('off');
    expect(await setting('enable_hashjoin')).toBe('off');
    recordChunk(tx, claim.lease, { ...chunk, done });
    expect(await setting('synchronous_commit')).toBe(commits);
    await commit(tx);
    expect(await setting('synchronous_commit')).toBe('on');
    expect(await setting('enable_hashjoin')).toBe('on');
  } finally {
    session.release();
  }
});

test('a chunk is recorded only of a task that has begun, and only behind the chunk before it', async () => {
  await submitted();
  const { lease } = await claimed();
  const record = (chunks: number) =>
    inTransaction(bench.pool, async (tx) => recordChunk(tx, lease, { ...chunk, chunk: chunks }));
  await expect(record(0)).rejects.toBeInstanceOf(LeaseLostError);
  await beginTask(bench.pool, lease);
  await expect(record(1)).rejects.toBeInstanceOf(LeaseLostError);
  await record(0);
  await expect(record(0)).rejects.toBeInstanceOf(LeaseLostError);
  await record(1);
});
