import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Act, applyAct } from '../../src/operations/act/apply.ts';
import { revertDue } from '../../src/operations/act/revert.ts';
import { shippedResource } from '../../src/resources/shipped.ts';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import { inTransaction } from '../../src/store/connection/pool.ts';
import { newId } from '../../src/task/ids.ts';
import { deviceStates, putDevices } from '../support/data/devices.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { runs } from '../support/runs.ts';

const devices = shippedResource('devices');

vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let organizationId: string;
const jobs = [newId(), newId(), newId()];
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const MINUTE = 60_000;
const DEVICES = 5;

beforeAll(async () => {
  database = await createTestDatabase();
  organizationId = (await createOrganization(database, { slug: 'acme' })).id;
  await database.pool.query(
    `insert into tasks (id, organization_id, operation, action, origin, config, created_by)
     select id, $2, 'act', 'block-devices', 'actions', '{}', '{}' from unnest($1::uuid[]) id`,
    [jobs, organizationId],
  );
});
afterAll(() => database.drop());

interface State {
  readonly action: string | null;
  readonly reason: string | null;
  /** ms since 1970 */
  readonly until: number | null;
  /** What put it in force; the same put there by another changes nothing. */
  readonly job: string | null;
}

/** A device by the plainest rules: everything it ever was is kept, and looked through when an action ends. */
class OracleDevice {
  now: State = { action: null, reason: null, until: null, job: null };
  #before: State[] = [];

  /** @returns whether anything changed */
  put(state: State): boolean {
    if (JSON.stringify({ ...state, job: this.now.job }) === JSON.stringify(this.now)) return false;
    this.#before = state.until === null ? [] : [...this.#before, this.now];
    this.now = state;
    return true;
  }

  revert(moment: number): void {
    const over = ({ until }: State) => until !== null && until <= moment;
    while (over(this.now)) this.now = this.#before.pop() as State;
  }
}

type Command =
  | {
      readonly kind: 'act';
      readonly state: State;
      readonly on: readonly number[];
      readonly size: number;
      readonly reach?: number | undefined;
    }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'revert' };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      state: fc.record({
        action: fc.constantFrom('block', 'deny', 'allow'),
        reason: fc.constantFrom('a', 'b', null),
        until: fc.option(fc.integer({ min: -3, max: 20 }), { freq: 3 }),
        job: fc.constantFrom(...jobs),
      }),
      on: fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }),
      size: fc.integer({ min: 1, max: 6 }),
      reach: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 15 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'revert' as const }) },
);

/** Acts on the devices with these vlans as a task does, step after step. @returns how many changed */
async function act(
  state: State,
  on: readonly number[],
  { size, reach }: { readonly size: number; readonly reach?: number | undefined },
  now: Date,
): Promise<number> {
  const work: Act = {
    resource: devices,
    organizationId,
    taskId: state.job as string,
    newest: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    criteria: { field: 'vlan', op: 'in', value: on.map(String) },
    type: state.action as Act['type'],
    reason: state.reason ?? '',
    maxLimit: 0,
    ...(state.until !== null && { until: new Date(state.until) }),
  };
  let changed = 0;
  for (let after = BEFORE_ALL; ; ) {
    // However few devices a statement looks at, none is passed over.
    const place = { after, size, now, ...(reach && { reach }) };
    const applied = await inTransaction(database.pool, (tx) => applyAct(tx, work, place));
    changed += applied.taken - applied.skipped.length;
    if (applied.limited || applied.exhausted) return changed;
    after = applied.last as string;
  }
}

test('whatever is put on devices, and whenever it ends, they are what the plainest rules say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 3, maxLength: 14 }), async (commands) => {
      await database.pool.query('delete from devices');
      const ids = await putDevices(database.pool, organizationId, DEVICES);
      await database.pool.query(
        'update devices d set vlan = x.n - 1 from unnest($1::uuid[]) with ordinality x(id, n) where d.id = x.id',
        [ids],
      );
      const oracle = ids.map(() => new OracleDevice());
      let now = Date.parse('2026-06-01T00:00:00Z');
      for (const step of commands) {
        if (step.kind === 'wait') now += step.minutes * MINUTE;
        else if (step.kind === 'revert') {
          await revertDue(database.pool, new AbortController().signal, new Date(now));
          for (const device of oracle) device.revert(now);
        } else {
          const until = step.state.until === null ? null : now + step.state.until * MINUTE;
          const state = { ...step.state, until };
          // An action whose time is over before it gets to a device does nothing to it.
          const late = until !== null && until <= now;
          const changed = late ? 0 : step.on.filter((n) => oracle[n]?.put(state)).length;
          expect(await act(state, step.on, step, new Date(now))).toBe(changed);
        }
        const stored = [...(await deviceStates(database.pool, organizationId)).values()].map((device) => ({
          action: device.action,
          reason: device.action_reason,
          until: device.action_until?.getTime() ?? null,
          job: device.action_job,
        }));
        expect(stored).toEqual(oracle.map((device) => device.now));
      }
      const { rows } = await database.pool.query(
        `select id from devices where (action_stack = '[]') <> (action_until is null)`,
      );
      expect(rows).toEqual([]);
    }),
    { numRuns: runs(150) },
  );
});

test('a stack keeps only what can come back: fifty actions that end after each other leave one entry', async () => {
  await database.pool.query('delete from devices');
  await putDevices(database.pool, organizationId, 1);
  const start = Date.parse('2026-06-01T00:00:00Z');
  await database.pool.query('update devices set vlan = 0');
  for (let i = 1; i <= 50; i += 1) {
    await act(
      { action: 'block', reason: 'r', until: start + i * MINUTE, job: jobs[0] as string },
      [0],
      { size: 1 },
      new Date(start),
    );
  }
  const { rows } = await database.pool.query('select jsonb_array_length(action_stack) as entries from devices');
  expect(rows).toEqual([{ entries: 1 }]);
});

/** Devices whose block is over and that were allowed before. */
async function putOverdue(count: number): Promise<void> {
  await database.pool.query('delete from devices');
  await putDevices(database.pool, organizationId, count);
  await database.pool.query(
    `update devices set action = 'block', action_until = now() - interval '1 minute',
       action_stack = '[{"action": "allow", "reason": null, "until": null}]'`,
  );
}

async function distinctStates(): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    'select action, action_until, action_stack, count(*) from devices group by 1, 2, 3',
  );
  return rows;
}

test('one call reverts more devices than fit in one transaction', async () => {
  await putOverdue(6_000);
  await revertDue(database.pool, new AbortController().signal);
  expect(await distinctStates()).toEqual([{ action: 'allow', action_until: null, action_stack: [], count: 6_000 }]);
});

test('several processes revert devices at the same time, each device once', async () => {
  await putOverdue(12_000);
  const { signal } = new AbortController();
  await Promise.all([1, 2, 3].map(() => revertDue(database.pool, signal)));
  // A device that one skipped because another had locked it is reverted by the next call.
  await revertDue(database.pool, signal);
  expect(await distinctStates()).toEqual([{ action: 'allow', action_until: null, action_stack: [], count: 12_000 }]);
});
