import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction, openPool } from '../../src/store/connection/pool.ts';
import { countTasks, foldTaskCounts } from '../../src/store/lists/task-counts.ts';
import { listTasks, type TaskQuery } from '../../src/store/lists/task-list.ts';
import { changeExternal } from '../../src/store/tasks/external.ts';
import { historizeTask } from '../../src/store/tasks/history.ts';
import type { TaskState } from '../../src/store/tasks/statuses.ts';
import { deleteTask, findTask, insertTask, moveTask } from '../../src/store/tasks/tasks.ts';
import { newId } from '../../src/task/ids.ts';
import { statuses, type TaskStatus } from '../../src/task/lifecycle.ts';
import { type Bench, openBench, somebody } from '../support/engine.ts';

let bench: Bench;
let organization: string;

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly status: TaskStatus;
  readonly started: boolean;
  readonly updated_at: Date;
  /** Of its file; empty where it has none. */
  readonly name: string;
}

const ACTIONS = ['a-one', 'b-two', 'c-three'];
const NAMES = ['items.csv', 'Users.csv', 'émile.csv', 'items.csv'];
/** As a dialect of three words has it; what is scheduled or awaits approval has no word, as no list of it is made. */
const ORDER: readonly (readonly TaskState[])[] = [
  [{ status: 'completed' }],
  [{ status: 'failed' }, { status: 'cancelled' }, { status: 'paused', started: true }, { status: 'running' }],
  [
    { status: 'pending' },
    { status: 'paused', started: false },
    { status: 'scheduled' },
    { status: 'awaiting_approval' },
  ],
];

beforeAll(async () => {
  bench = await openBench();
  organization = await bench.organization('lists');
  const others = await bench.organization('others');
  const files = NAMES.map((name) => ({ id: newId(), name }));
  for (const { id, name } of files) {
    await bench.pool.query(
      `insert into files (id, organization_id, key, original_name, mimetype, size, sha256)
       values ($1::uuid, $2, $1::uuid::text, $3, 'text/csv', 1, repeat('0', 64))`,
      [id, organization, name],
    );
  }
  for (let i = 0; i < 120; i += 1) {
    await bench.pool.query(
      `insert into tasks (operation, origin, id, organization_id, action, status, config, created_by, started_at, historized_at, updated_at, file_id)
       values ('external', 'task-v2', $1, $2, $3, $4, '{}', $5, case when $6 then now() end, case when $7 then now() end,
         timestamptz '2026-01-01' + make_interval(mins => $8), $9)`,
      [
        newId(),
        i % 10 === 0 ? others : organization,
        ACTIONS[i % 3],
        statuses[(i * 7) % statuses.length],
        somebody,
        Math.floor(i / 8) % 2 === 0,
        i % 13 === 0,
        (i * 37) % 50,
        i % 10 === 0 ? null : (files[i % 7]?.id ?? null),
      ],
    );
    if (i === 60) await foldTaskCounts(bench.pool);
  }
});
afterAll(() => bench.close());

async function shown(): Promise<Entry[]> {
  const { rows } = await bench.pool.query<Entry>(
    `select t.id, action, status, started_at is not null as started, updated_at, coalesce(original_name, '') as name
     from tasks t left join files f on f.id = file_id where t.organization_id = $1 and historized_at is null`,
    [organization],
  );
  return rows;
}

function isIn({ status, started }: Entry, state: TaskState): boolean {
  return state.status === status && (state.started ?? started) === started;
}

/** The list by the plainest means: everything, filtered, sorted, cut. */
function plainly(
  entries: readonly Entry[],
  query: Omit<TaskQuery, 'organizationId'>,
): { ids: string[]; total: number } {
  const { states, action, sort, descending, offset, limit } = query;
  const rank = (entry: Entry) => ORDER.findIndex((group) => group.some((state) => isIn(entry, state)));
  const key = (entry: Entry): string | number =>
    ({ ...entry, createdAt: '', updatedAt: entry.updated_at.getTime(), status: rank(entry) })[sort];
  const sorted = entries
    .filter((entry) => (!action || entry.action === action) && (!states || states.some((state) => isIn(entry, state))))
    .sort((a, b) => (key(a) === key(b) ? (a.id < b.id ? -1 : 1) : key(a) < key(b) ? -1 : 1));
  if (descending) sorted.reverse();
  return { ids: sorted.slice(offset, offset + limit).map(({ id }) => id), total: sorted.length };
}

const state: fc.Arbitrary<TaskState> = fc.record(
  { status: fc.constantFrom(...statuses), started: fc.boolean() },
  { requiredKeys: ['status'] },
);

test('a page of any list is what filtering, sorting and cutting everything gives', { timeout: 120_000 }, async () => {
  const entries = await shown();
  const query = fc.record(
    {
      states: fc.array(state, { minLength: 1, maxLength: 4 }),
      action: fc.constantFrom(...ACTIONS, 'd-none'),
      sort: fc.constantFrom(
        'createdAt' as const,
        'updatedAt' as const,
        'status' as const,
        'action' as const,
        'name' as const,
      ),
      descending: fc.boolean(),
      limit: fc.integer({ min: 1, max: 40 }),
      offset: fc.nat(130),
    },
    { requiredKeys: ['sort', 'descending', 'limit', 'offset'] },
  );
  await fc.assert(
    fc.asyncProperty(query, async (asked) => {
      const { tasks, total } = await listTasks(bench.pool, {
        ...asked,
        organizationId: organization,
        statusOrder: ORDER,
      });
      expect({ ids: tasks.map(({ id }) => id), total }).toEqual(plainly(entries, { ...asked, statusOrder: ORDER }));
    }),
    { numRuns: 300 },
  );
});

test('the counts are exact in every transaction, whoever submits, moves, deletes and folds at the same time', async () => {
  const owner = await bench.organization('busy');
  const exact = async () => {
    await inTransaction(bench.pool, async (tx) => {
      await tx.query('set transaction isolation level repeatable read');
      const counted = (await countTasks(tx, owner)).reduce((sum, { tasks }) => sum + tasks, 0);
      const { rows } = await tx.query<{ real: number }>(
        'select count(*) as real from tasks where organization_id = $1',
        [owner],
      );
      expect(counted).toBe(rows[0]?.real);
    });
  };
  const submit = async () => {
    const id = newId();
    const task = { id, organizationId: owner, origin: 'task-v2', action: 'x', createdBy: somebody };
    await insertTask(bench.pool, { ...task, operation: 'external', config: {} });
    await moveTask(bench.pool, { organizationId: owner, id, to: 'cancelled' });
    if (id.charCodeAt(30) % 2 === 0) await bench.pool.query('delete from tasks where id = $1', [id]);
  };
  const many = (work: () => Promise<unknown>) => Promise.all(Array.from({ length: 40 }, work));
  await Promise.all([many(submit), many(exact), many(() => foldTaskCounts(bench.pool))]);
  await foldTaskCounts(bench.pool);
  await exact();
  const { rows } = await bench.pool.query('select count(*) as left from task_count_changes');
  expect(rows[0].left).toBe(0);
});

test('a page far from either end is found as well, and near ones with one plan that a session makes once', async () => {
  const owner = await bench.organization('many');
  await bench.pool.query(
    `insert into tasks (operation, origin, id, organization_id, action, status, config, created_by)
     select 'external', 'task-v2', ('018f0000-0000-8000-8000-' || lpad(to_hex(i), 6, '0') || '000000')::uuid, $1, 'x', 'completed', '{}', $2
     from generate_series(1, 20000) i`,
    [owner, somebody],
  );
  await bench.pool.query('vacuum analyze');
  const { rows } = await bench.pool.query<{ id: string }>(
    'select id from tasks where organization_id = $1 order by id',
    [owner],
  );
  const ids = rows.map(({ id }) => id);
  const states: readonly TaskState[] = [{ status: 'completed' }];
  const session = openPool({ url: bench.database.url, applicationName: 'one session', max: 1 });
  try {
    for (const descending of [true, false]) {
      for (const offset of [0, 160, 170, 200, 9_980, 19_780, 19_830, 19_970]) {
        const query = { organizationId: owner, states, sort: 'createdAt' as const, statusOrder: ORDER, descending };
        const { tasks } = await listTasks(session, { ...query, limit: 40, offset });
        const ordered = descending ? ids.toReversed() : ids;
        expect(tasks.map(({ id }) => id)).toEqual(ordered.slice(offset, offset + 40));
      }
    }
    const first = {
      organizationId: owner,
      sort: 'createdAt' as const,
      statusOrder: ORDER,
      descending: true,
      offset: 0,
    };
    for (let i = 0; i < 10; i += 1) await listTasks(session, { ...first, limit: 1 + i });
    const plans = await session.query(
      "select generic_plans > 0 as once from pg_prepared_statements where statement like '%where id = any(array(%desc%' and generic_plans + custom_plans > 5",
    );
    expect(plans.rows).toEqual([{ once: true }]);
  } finally {
    await session.end();
  }
});

test('a list that was asked for before shows every task as it is now, whatever has changed it', async () => {
  const { pool } = bench;
  const owner = await bench.organization('changing');
  const query = { organizationId: owner, sort: 'createdAt' as const, statusOrder: ORDER, descending: true };
  const list = async () => (await listTasks(pool, { ...query, limit: 50, offset: 0 })).tasks;
  const add = async (parentId?: string) => {
    const id = newId();
    const task = {
      id,
      organizationId: owner,
      operation: 'external',
      origin: 'task-v2',
      action: 'x',
      config: {},
    } as const;
    await insertTask(pool, { ...task, createdBy: somebody, ...(parentId !== undefined && { parentId }) });
    return id;
  };
  const parent = await add();
  const child = await add(parent);
  const third = await add();
  const changes = [
    () => moveTask(pool, { organizationId: owner, id: child, to: 'paused' }),
    () => moveTask(pool, { organizationId: owner, id: child, to: 'pending' }),
    () => changeExternal(pool, child, { status: 'running' }),
    () =>
      moveTask(pool, {
        organizationId: owner,
        id: child,
        to: 'failed',
        failure: { code: 'file_missing', message: 'It is.' },
      }),
    () => moveTask(pool, { organizationId: owner, id: parent, to: 'cancelled' }),
    () => moveTask(pool, { organizationId: owner, id: third, to: 'cancelled' }),
    () => inTransaction(pool, (tx) => deleteTask(tx, owner, parent)),
    () => historizeTask(pool, owner, third),
    () => add(),
  ];
  let before = await list();
  for (const change of changes) {
    await change();
    const after = await list();
    expect(after).not.toEqual(before);
    expect(after).toEqual(await Promise.all(after.map(({ id }) => findTask(pool, owner, id))));
    before = after;
  }
});
