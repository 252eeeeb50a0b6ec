import { isOver, type TaskState } from '@openbulk/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { openbulk } from '../../client.ts';
import { shareOf } from '../naming.ts';
import { addSample, type Sample } from '../progress/meter.ts';
import { taskQuery } from '../queries.ts';

/** After a following that failed, ms. */
const PAUSE = 5_000;

/** A task as it is and goes on, with how fast it went since it is watched. */
export function useTask(organization: string, id: string) {
  const client = useQueryClient();
  const query = taskQuery(organization, id);
  const { data, error, refetch } = useQuery(query);
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const going = data !== undefined && !isOver(data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is made of organization and id
  useEffect(() => {
    if (!going) return;
    const stop = new AbortController();
    const { signal } = stop;
    const see = (task: TaskState) => {
      // What a state between the first and the last leaves out is as it was.
      client.setQueryData(query.queryKey, (known) => ({ ...task, report: { ...known?.report, ...task.report } }));
      const sample = { at: performance.now(), lines: task.report.numItems, share: shareOf(task) };
      setSamples((before) => addSample(before, sample));
    };
    const follow = async (): Promise<void> => {
      try {
        for await (const task of openbulk.followTask({ organization, id }, { signal, lines: false })) see(task);
      } catch {
        if (signal.aborted) return;
        // What it means is what asking for the task tells; while it still goes on, it is followed again.
        await client.invalidateQueries({ queryKey: query.queryKey });
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        if (!signal.aborted) await follow();
      }
    };
    follow();
    return () => stop.abort();
  }, [going, organization, id, client]);
  return { task: data, error, refetch, samples };
}
