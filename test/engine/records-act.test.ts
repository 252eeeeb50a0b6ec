import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { applyResource } from '../../src/service/resources/apply-resource.ts';
import { type ActOrder, submitAction } from '../../src/service/submit/submit-action.ts';
import type { Pool } from '../../src/store/connection/pool.ts';
import type { Task } from '../../src/task/task.ts';
import { type Law, openLaw } from '../support/adopted/law.ts';
import { failAt } from '../support/crashes/fail-at.ts';
import { expireLeases, killWorkers, startWorker } from '../support/crashes/worker-process.ts';
import { ledgerOutcomes } from '../support/data/generated.ts';
import { anyone, somebody } from '../support/engine.ts';
import { places } from '../support/runs.ts';

vi.setConfig({ testTimeout: 120_000 });

let law: Law;
let made = 0;

beforeAll(async () => {
  law = await openLaw();
});
afterAll(async () => {
  killWorkers(law.bench);
  await law.close();
});

const ROWS = 1_000;
const LIMIT = 600;
const ENV = { OPENBULK_CHUNK_ROWS: '100', OPENBULK_SLICE_MS: '100' };

/** A table of goods of which every tenth is refused by a trigger, and what a trigger notes of each that was changed. */
async function withGoods(db: Pool, connection?: string): Promise<{ organizationId: string; table: string }> {
  made += 1;
  const table = `acted_${made}`;
  await db.query(`create table public.${table} (key integer primary key, note text)`);
  await db.query(`insert into public.${table} select n, 'before' from generate_series(1, ${ROWS}) n`);
  await db.query(`create table public.${table}_log (key integer, event text)`);
  await db.query(`create function public.${table}_note() returns trigger language plpgsql as $$ begin
    if old.key % 10 = 0 then raise exception 'kept'; end if;
    insert into public.${table}_log values (old.key, tg_op); return coalesce(new, old); end $$`);
  await db.query(
    `create trigger note before update or delete on public.${table} for each row execute function public.${table}_note()`,
  );
  const organizationId = await law.bench.organization(`acted-${made}`);
  const source = {
    fields: [{ name: 'key', type: 'integer' }, { name: 'note' }],
    primaryKey: 'key',
    openbulk: { name: 'goods', table, ...(connection !== undefined && { connection }) },
  };
  await applyResource(law.bench, { owner: organizationId, source, mayAdopt: () => true, elsewhere: law.elsewhere });
  return { organizationId, table };
}

async function submit(organizationId: string, request: Partial<ActOrder['request']>): Promise<Task> {
  const order: ActOrder = {
    ...{ organizationId, origin: 'actions', createdBy: somebody, asker: anyone, resource: 'goods' },
    request: { type: 'set', criteria: { all: [] }, durationSeconds: 0, reason: 'tidy', maxLimit: 0, ...request },
  };
  return (await submitAction({ ...law.bench, elsewhere: law.elsewhere }, order, (task) => task)).answered;
}

/** Works on a task with a worker that is killed, and then with another. */
async function survive(task: Task, failpoint: string): Promise<Task> {
  const killed = startWorker(law.bench, { ...ENV, ...law.env, ...failAt(failpoint) });
  expect((await killed.exited()).signal).toBe('SIGKILL');
  await expireLeases(law.bench);
  const next = startWorker(law.bench, { ...ENV, ...law.env });
  const done = await law.bench.finished(task, 60_000);
  next.kill('SIGKILL');
  await next.exited();
  return done;
}

/** Keys that are not refused, up to the one with which so many are. */
const ACTED = Array.from({ length: ROWS }, (_, index) => index + 1)
  .filter((key) => key % 10 !== 0)
  .slice(0, LIMIT);

async function keys(db: Pool, text: string): Promise<number[]> {
  return (await db.query<{ key: number }>(text)).rows.map(({ key }) => key);
}

test.for(
  places([
    'before-commit=kill@3',
    'after-commit=kill@3',
    'before-finish=kill',
    'after-finish=kill',
    'after-claim=kill',
  ]),
)(
  'a limited set for a time whose worker is killed changes each record once, and keeps what each had once: %s',
  async (failpoint) => {
    const { pool } = law.bench;
    const { organizationId, table } = await withGoods(pool);
    const task = await submit(organizationId, { values: { note: 'after' }, durationSeconds: 86_400, maxLimit: LIMIT });
    const done = await survive(task, failpoint);
    expect([done.status, done.error]).toEqual(['completed', undefined]);
    const last = ACTED.at(-1) as number;
    expect(done.counters).toMatchObject({ items: last, updates: LIMIT, skips: 0, errors: Math.floor(last / 10) });
    expect((await ledgerOutcomes(pool, done)).size).toBe(last);
    expect(await keys(pool, `select key from public.${table} where note = 'after' order by key`)).toEqual(ACTED);
    expect(await keys(pool, `select key from public.${table}_log order by key`)).toEqual(ACTED);
    const kept = `select (record::jsonb->>0)::integer as key from former_values where organization_id = '${organizationId}' order by 1`;
    expect(await keys(pool, kept)).toEqual(ACTED);
    const { rows } = await pool.query(
      `select count(*) as n from tasks where organization_id = $1 and action = 'revert-goods'`,
      [organizationId],
    );
    expect(rows).toEqual([{ n: 1 }]);
  },
);

test('a reversion whose worker is killed puts each record back once', async () => {
  const { pool } = law.bench;
  const { organizationId, table } = await withGoods(pool);
  const task = await submit(organizationId, { values: { note: 'after' }, durationSeconds: 86_400 });
  await law.bench.working(() => law.bench.finished(task));
  await pool.query(`delete from public.${table}_log`);
  const { rows } = await pool.query<{ id: string }>(
    `update tasks set scheduled_at = now() where organization_id = $1 and action = 'revert-goods' returning id`,
    [organizationId],
  );
  const reversion = { id: (rows[0] as { id: string }).id, organizationId } as Task;
  const done = await survive(reversion, 'before-commit=kill@3');
  expect(done.counters).toMatchObject({ items: 900, updates: 900, errors: 0 });
  expect(await keys(pool, `select key from public.${table} where note <> 'before'`)).toEqual([]);
  expect(await keys(pool, `select key from public.${table}_log group by key having count(*) <> 1`)).toEqual([]);
  expect(await keys(pool, `select put as key from former_values where task_id = '${reversion.id}'`)).toEqual([]);
});

test.for(['before-theirs=kill@3', 'after-theirs=kill@3', 'after-commit=kill@3'])(
  'in another database, a limited delete whose worker is killed deletes each record once: %s',
  async (failpoint) => {
    const { pool } = law.there;
    const { organizationId, table } = await withGoods(pool, 'crm');
    const done = await survive(await submit(organizationId, { type: 'delete', maxLimit: LIMIT }), failpoint);
    const last = ACTED.at(-1) as number;
    expect([done.status, done.error]).toEqual(['completed', undefined]);
    expect(done.counters).toMatchObject({ items: last, deletes: LIMIT, errors: Math.floor(last / 10) });
    expect(await keys(pool, `select key from public.${table}_log order by key`)).toEqual(ACTED);
    expect(await keys(pool, `select key from public.${table}`)).toHaveLength(ROWS - LIMIT);
  },
);
