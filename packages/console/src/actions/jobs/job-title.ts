import { useActionNames } from '../../catalogue/action-names.ts';
import { useSpeech } from '../../say/language.tsx';
import type { Job } from '../queries.ts';

/** What a job does, such as "Block devices" or "Set columns of customers". */
export function useJobTitle(): (job: Pick<Job, 'action_type' | 'resource'>) => string {
  const { types } = useSpeech().say.jobs;
  const nameOf = useActionNames();
  return ({ action_type: type, resource = 'devices' }) =>
    type === 'set' || type === 'delete' || type === 'revert' ? nameOf(`${type}-${resource}`) : types[type];
}
