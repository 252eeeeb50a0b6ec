import { listen } from '../../store/connection/listen.ts';
import { TASK_CHANNEL } from '../../store/tasks/tasks.ts';

/** Tells of changes of tasks, made by whatever process. One connection to the database serves all who watch. */
export interface TaskFeed {
  /** Calls `onChange` whenever the task of that id (a UUID) may have changed. @returns what ends the watch */
  watch(taskId: string, onChange: () => void): () => void;
  close(): Promise<void>;
}

export function openTaskFeed({
  databaseUrl,
  onError,
}: {
  databaseUrl: string;
  onError: (error: Error) => void;
}): TaskFeed {
  const watchers = new Map<string, Set<() => void>>();
  const listening = listen({
    url: databaseUrl,
    channels: [TASK_CHANNEL],
    onNotify: (_, taskId) => {
      for (const onChange of watchers.get(taskId) ?? []) onChange();
    },
    // Changes may have been missed while there was no connection: everyone looks again.
    onConnect: () => {
      for (const set of watchers.values()) for (const onChange of set) onChange();
    },
    onError,
  });
  return {
    watch(taskId, onChange) {
      const set = watchers.get(taskId) ?? new Set();
      watchers.set(taskId, set.add(onChange));
      return () => {
        set.delete(onChange);
        if (set.size === 0) watchers.delete(taskId);
      };
    },
    close: () => listening.close(),
  };
}
