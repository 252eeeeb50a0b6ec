import { LRUCache } from 'lru-cache';
import type { Task } from '../../task/task.ts';
import type { Queryable } from '../connection/pool.ts';

/** Characters of JSON, of all tasks and of one at most: most have 700, one with a long mapping has more and is read each time. */
const ALL = 4 * 1024 * 1024;
const ONE = 16 * 1024;

/** Tasks as they were read, by id and version: if the newest version is known, it need not be read again. */
export interface KnownTasks {
  find(id: string, version: number): Task | undefined;
  keep(tasks: readonly Task[]): void;
}

const known = new WeakMap<Queryable, KnownTasks>();

/** The tasks that this process knows of a database. */
export function knownTasks(db: Queryable): KnownTasks {
  const found = known.get(db) ?? openKnownTasks();
  known.set(db, found);
  return found;
}

function openKnownTasks(): KnownTasks {
  const tasks = new LRUCache<string, Task>({
    maxSize: ALL,
    maxEntrySize: ONE,
    sizeCalculation: (task) => JSON.stringify(task).length,
  });
  return {
    find(id, version) {
      const task = tasks.get(id);
      return task?.version === version ? task : undefined;
    },
    keep(some) {
      for (const task of some) tasks.set(task.id, task);
    },
  };
}
