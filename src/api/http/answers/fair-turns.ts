/** Runs work a few at a time, in turns by organization. */
export interface FairTurns {
  /** Does `work` when it is the turn of `key`. What is done in it must not wait for another turn. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/**
 * @param limits `atOnce` pieces run at a time; one that takes longer than `milliseconds` continues but no longer counts, so
 *   that slow work blocks nobody
 */
export function fairTurns({ atOnce, milliseconds }: { atOnce: number; milliseconds: number }): FairTurns {
  /** In the order of their next turns. */
  const waiting = new Map<string, (() => void)[]>();
  let free = atOnce;

  function startNext(): void {
    for (const [key, queue] of waiting) {
      if (free === 0) return;
      free -= 1;
      waiting.delete(key);
      queue.shift()?.();
      if (queue.length > 0) waiting.set(key, queue);
    }
  }

  function turnOf(key: string): Promise<void> {
    return new Promise((resolve) => {
      const queue = waiting.get(key) ?? [];
      queue.push(resolve);
      waiting.set(key, queue);
      startNext();
    });
  }

  return {
    async run(key, work) {
      await turnOf(key);
      let counted = true;
      const end = () => {
        if (!counted) return;
        counted = false;
        free += 1;
        // In between, what came in is looked at.
        setImmediate(startNext);
      };
      const overdue = setTimeout(end, milliseconds);
      try {
        return await work();
      } finally {
        clearTimeout(overdue);
        end();
      }
    },
  };
}
