import type { TaskState } from '../service/tasks/list-tasks.ts';
import type { Task } from '../task/task.ts';

/** Which of our states each of a dialect's statuses stands for (docs/api/common.md "Statuses"). */
export type LifeTable<Status extends string> = Readonly<Record<Status, readonly TaskState[]>>;

/** The status of a task as a dialect spells it. */
export function spellStatus<Status extends string>(
  table: LifeTable<Status>,
  { status, startedAt }: Pick<Task, 'status' | 'startedAt'>,
): Status {
  const started = startedAt !== undefined;
  const found = (Object.keys(table) as Status[]).find((name) =>
    table[name].some((state) => state.status === status && (state.started ?? started) === started),
  );
  if (!found) throw new Error(`The life table has no spelling for ${status}.`);
  return found;
}
