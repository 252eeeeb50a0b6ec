import type { components } from '../generated/organizations.ts';

/** A task, as the organizations dialect shows it. */
export type Task = components['schemas']['Task'];

/** A task of an organization; either may be given in any of its spellings. */
export interface TaskRef {
  readonly organization: string;
  readonly id: string;
}

/** A task that was submitted, with what is needed to ask for it. */
export type SubmittedTask = Task & { readonly organization: string };

/** Whether nothing will change any more. */
export function isOver({ status }: Pick<Task, 'status'>): boolean {
  return status === 'completed' || status === 'failed';
}
