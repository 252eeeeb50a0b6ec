import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeExternal } from '../../src/store/tasks/external.ts';
import { findTask, insertTask, moveTask } from '../../src/store/tasks/tasks.ts';
import { newId } from '../../src/task/ids.ts';
import { canMove, isTerminal, statuses, type TaskStatus } from '../../src/task/lifecycle.ts';
import { type Bench, openBench, somebody } from '../support/engine.ts';

let bench: Bench;
let organizationId: string;

beforeAll(async () => {
  bench = await openBench();
  organizationId = await bench.organization('task-statuses');
});
afterAll(() => bench.close());

async function externalTask(status: TaskStatus): Promise<string> {
  const id = newId();
  const task = { operation: 'external' as const, config: {}, action: 'theirs', origin: 'task-v2', createdBy: somebody };
  await insertTask(bench.pool, { ...task, id, organizationId });
  await bench.pool.query('update tasks set status = $2 where id = $1', [id, status]);
  return id;
}

async function statusOf(id: string): Promise<TaskStatus | undefined> {
  return (await findTask(bench.pool, organizationId, id))?.status;
}

const steps = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));

test('a task moves as the table says, and in no other way', async () => {
  for (const [from, to] of steps) {
    const id = await externalTask(from);
    expect([from, to, await moveTask(bench.pool, { organizationId, id, to })]).toEqual([from, to, canMove(from, to)]);
    expect(await statusOf(id)).toBe(canMove(from, to) ? to : from);
    const over = await findTask(bench.pool, organizationId, id);
    if (canMove(from, to)) expect(over?.finishedAt !== undefined).toBe(isTerminal(to));
  }
});

test('whoever does an external task says so as the table has it, passing through running; what is paused stays so', async () => {
  const said: string[] = [];
  for (const [from, to] of steps) {
    const id = await externalTask(from);
    const changed = await changeExternal(bench.pool, id, { status: to }).then(
      () => true,
      () => false,
    );
    expect([from, to, await statusOf(id)]).toEqual([from, to, changed ? to : from]);
    if (changed) said.push(`${from} ${to}`);
  }
  const allowed = steps.filter(([from, to]) => canMove(from, to) && !(from === 'paused' && !isTerminal(to)));
  expect(said.sort()).toEqual([...allowed.map((step) => step.join(' ')), 'pending completed'].sort());
});

test('what is over takes no more words of its worker', async () => {
  const id = await externalTask('completed');
  await expect(changeExternal(bench.pool, id, { status: 'running' })).rejects.toThrow('cannot become running');
  expect(await statusOf(id)).toBe('completed');
});
