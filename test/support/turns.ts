import { randomBytes } from 'node:crypto';
import { findTask } from '../../src/store/tasks/tasks.ts';
import type { Task } from '../../src/task/task.ts';
import { killWorkers } from './crashes/worker-process.ts';
import { type Bench, openBench } from './engine.ts';

const HEADER = 'basic.name,basic.type,identifiers.serialNumber\n';

export function rows(count: number): string {
  const run = randomBytes(4).toString('hex');
  return HEADER + Array.from({ length: count }, (_, i) => `Item ${i},laptop,${run}-${i}\n`).join('');
}

export async function onBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await openBench();
  try {
    await work(bench);
  } finally {
    killWorkers(bench);
    await bench.close();
  }
}

export async function look(bench: Bench, task: Task): Promise<Task> {
  return (await findTask(bench.pool, task.organizationId, task.id)) as Task;
}

export async function finishedTasks(bench: Bench, organization: string): Promise<number> {
  const { rows: counted } = await bench.pool.query(
    `select count(*) as n from tasks where organization_id = $1 and status = 'completed'`,
    [organization],
  );
  return counted[0].n;
}
