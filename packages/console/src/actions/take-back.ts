import type { Criteria } from '../criteria/criteria.ts';
import type { Job } from './queries.ts';

/** Longest reason, in characters, as the server has it. */
const MAX_REASON = 1_000;

/** Whether what a job has done can be taken back: what was deleted cannot, and what was allowed is as free as can be. */
export function canTakeBack({ action_type: type, affected_count: changed, status }: Job): boolean {
  return type !== 'cleanup' && type !== 'allow' && changed > 0 && status !== 'running' && status !== 'scheduled';
}

/**
 * The action that takes a job back: it allows the devices on which what the job did is still in force, which are told by the action and its
 * reason; and by what the job was told, unless that was of the action itself, which is another since.
 */
export function takingBack(job: Job, takenBack: (reason: string) => string) {
  const { action_type: type, action_reason: reason, criteria_json: told } = job;
  const criteria: Criteria = JSON.parse(told);
  const inForce: Criteria[] = [
    { field: 'action', op: 'eq', value: type },
    // Criteria trim what they compare with.
    ...(reason === '' ? [{ field: 'actionReason', op: 'exists', value: false } as const] : []),
    ...(reason !== '' && reason === reason.trim() ? [{ field: 'actionReason', op: 'eq', value: reason } as const] : []),
  ];
  const still = namesAction(criteria) || saysAll(criteria) ? [] : [criteria];
  return {
    type: 'allow',
    criteria: JSON.stringify({ all: [...inForce, ...still] }),
    reason: takenBack(reason).slice(0, MAX_REASON),
  };
}

function saysAll(criteria: Criteria): boolean {
  return 'all' in criteria && criteria.all.length === 0;
}

function namesAction(criteria: Criteria): boolean {
  if ('all' in criteria) return criteria.all.some(namesAction);
  if ('any' in criteria) return criteria.any.some(namesAction);
  return 'not' in criteria ? namesAction(criteria.not) : criteria.field.startsWith('action');
}
