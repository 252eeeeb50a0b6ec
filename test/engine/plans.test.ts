import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readReport } from '../../src/service/lines/read-report.ts';
import { findTask } from '../../src/store/tasks/tasks.ts';
import type { Task } from '../../src/task/task.ts';
import { asked, type Bench, openBench } from '../support/engine.ts';

let bench: Bench;
let organizationId: string;

beforeAll(async () => {
  bench = await openBench();
  organizationId = await bench.organization('plans');
});
afterAll(() => bench.close());

const submit = (name: string) =>
  bench.submit(organizationId, 'import-mdm-users', `email\n${name}@example.com\nnobody\n${name}2@example.com\n`);

/** A task that another program has planned: as this one did for a file like it, with a change in SQL. */
async function planned(name: string, change: string): Promise<Task> {
  const twin = await submit(`${name}-twin`);
  await bench.working(() => bench.finished(twin));
  const task = await submit(name);
  await bench.pool.query(
    `update tasks t set plan = ${change}, cursor = plan.plan->'format'->'body'
     from (select plan from tasks where id = $2) plan where t.id = $1`,
    [task.id, twin.id],
  );
  return task;
}

async function crashesOf({ id }: Task): Promise<number | null> {
  const { rowCount } = await bench.pool.query('select from task_crashes where task_id = $1', [id]);
  return rowCount;
}

const asPlanned = { inserts: 2, errors: 1 };

test('a plan is kept with its version', async () => {
  const task = await submit('kept');
  await bench.working(() => bench.finished(task));
  const { rows } = await bench.pool.query('select plan from tasks where id = $1', [task.id]);
  expect(rows[0]).toMatchObject({ plan: { version: 1, format: { header: ['email'] } } });
});

test('a task goes on that was planned before plans had versions', async () => {
  const task = await planned('older', `plan.plan - 'version'`);
  const done = await bench.working(() => bench.finished(task));
  expect(done).toMatchObject({ status: 'completed', counters: asPlanned });
});

test('a task that a newer version has planned waits for a worker of that version, and holds up no other', async () => {
  const task = await planned('newer', `plan.plan || '{"version": 1000}'`);
  await bench.working(async () => {
    const other = await submit('other');
    expect(await bench.finished(other)).toMatchObject({ status: 'completed' });
    // It is taken up, never begun, and handed back.
    const tokens = new Set<number>();
    while (tokens.size < 2) {
      const { rows } = await bench.pool.query('select lease_token, status from tasks where id = $1', [task.id]);
      expect(rows[0].status).toBe('pending');
      tokens.add(rows[0].lease_token);
      await sleep(50);
    }
  });
  expect(await crashesOf(task)).toBe(0);
  expect(await findTask(bench.pool, organizationId, task.id)).toMatchObject({
    status: 'pending',
    counters: { items: 0 },
  });
  const report = readReport(bench, asked({ organizationId, id: task.id }));
  await expect(report).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('newer version'),
  });

  await bench.pool.query(`update tasks set plan = plan || '{"version": 1}' where id = $1`, [task.id]);
  expect(await bench.working(() => bench.finished(task))).toMatchObject({ status: 'completed', counters: asPlanned });
});

test('a task whose plan is none fails, with a sentence', async () => {
  const task = await planned('broken', `plan.plan - 'columns'`);
  const done = await bench.working(() => bench.finished(task));
  expect(done).toMatchObject({ status: 'failed', error: { code: 'unsupported_action' } });
  expect(done.error?.message).toContain('cannot read the plan');
});
