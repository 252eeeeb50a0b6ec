/** Files put together at the same time by one worker: each takes a part of the disk's time, and little of the processor's. */
const MOST = 4;

/** What a worker does beside its turns: the ends of tasks that take long and need neither the database nor much of the processor. */
export interface Beside {
  /** Whether there is no room for more. */
  full(): boolean;
  /** Ids of the tasks. */
  tasks(): readonly string[];
  /** @param run does not throw */
  add(taskId: string, run: () => Promise<void>): void;
  /** Waits for all of it. */
  close(): Promise<void>;
}

export function openBeside(): Beside {
  const running = new Map<Promise<void>, string>();
  return {
    full: () => running.size >= MOST,
    tasks: () => [...running.values()],
    add(taskId, run) {
      const one: Promise<void> = run().finally(() => running.delete(one));
      running.set(one, taskId);
    },
    async close() {
      await Promise.all(running.keys());
    },
  };
}
