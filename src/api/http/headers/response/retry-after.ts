import { isTerminal } from '../../../../task/lifecycle.ts';
import type { Task } from '../../../../task/task.ts';

/** Seconds after which a client may ask again; none when nothing will change any more. */
export function retryAfter({ status }: Pick<Task, 'status'>): { 'retry-after'?: string } {
  if (isTerminal(status)) return {};
  return { 'retry-after': status === 'running' || status === 'pending' ? '1' : '5' };
}
