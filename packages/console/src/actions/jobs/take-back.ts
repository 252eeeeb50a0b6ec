import type { Criteria } from '../../criteria/criteria.ts';
import type { Job } from '../queries.ts';

/** Longest reason, in characters, as the server has it. */
const MAX_REASON = 1_000;

/** Whether a job can be undone: one on devices, but for deletions, and allowed devices, which have nothing to undo. */
export function canTakeBack({ action_type: type, affected_count: changed, status, outcomes }: Job): boolean {
  return (
    outcomes === undefined &&
    type !== 'cleanup' &&
    type !== 'allow' &&
    changed > 0 &&
    status !== 'running' &&
    status !== 'scheduled'
  );
}

/**
 * The action that takes a job back: it allows the devices on which what that job did is still in force, which is what they remember of it,
 * whatever the job was told and whatever others did with the same words.
 */
export function takingBack(
  { job_id: id, action_type: type, action_reason: reason }: Job,
  takenBack: (reason: string) => string,
) {
  const own: Criteria[] = [
    { field: 'actionJob', op: 'eq', value: id },
    { field: 'action', op: 'eq', value: type },
  ];
  return {
    type: 'allow',
    criteria: JSON.stringify({ all: own }),
    reason: takenBack(reason).slice(0, MAX_REASON),
  };
}
