import type { Resource } from '../../resources/resource.ts';
import type { ActConfig, ActionType } from '../../task/task.ts';
import { acceptCriteria } from '../criteria/cost.ts';
import type { Criteria } from '../criteria/criteria.ts';
import type { ConfigProblem } from '../import/config.ts';

/** Longest reason, in characters. */
const MAX_REASON = 1_000;
/** Longest time for which an action is in force, in seconds: ten years. For longer times, use a permanent action. */
const MAX_DURATION_SECONDS = 10 * 365 * 86_400;

/** Actions that take something from a device's owner, who will ask why (docs/api/actions.md "Action types"). */
const NEEDS_REASON: readonly ActionType[] = ['block', 'deny', 'cleanup'];

/** What an action is asked to do, before its task exists. */
export type ActRequest = Omit<ActConfig, 'previewCount' | 'previewId'>;

/** The criteria of an action, or all that is wrong with its configuration; the problems name members of `ActConfig`. */
export function checkActConfig(
  resource: Resource,
  config: ActRequest,
): { readonly criteria: Criteria } | { readonly problems: readonly ConfigProblem[] } {
  const parsed = acceptCriteria(resource, config.criteria);
  const problems = [...('problems' in parsed ? parsed.problems : []), ...checkReason(config), ...checkDuration(config)];
  return 'criteria' in parsed && problems.length === 0 ? parsed : { problems };
}

function checkReason({ type, reason }: ActRequest): ConfigProblem[] {
  const problem = (message: string) => [{ field: 'reason', message }];
  if (NEEDS_REASON.includes(type) && reason.trim() === '') return problem(`is required for ${type}; give a reason`);
  if (reason.length > MAX_REASON) return problem(`must have at most ${MAX_REASON} characters; found ${reason.length}`);
  // PostgreSQL's text holds neither.
  if (reason.includes('\0') || !reason.isWellFormed())
    return problem('contains a NUL character or an unpaired surrogate');
  return [];
}

function checkDuration({ type, durationSeconds }: ActRequest): ConfigProblem[] {
  const problem = (message: string) => [{ field: 'durationSeconds', message }];
  if (type === 'cleanup' && durationSeconds !== 0) {
    return problem('must be 0 for cleanup: a deleted device cannot be restored');
  }
  if (!Number.isInteger(durationSeconds) || durationSeconds < 0 || durationSeconds > MAX_DURATION_SECONDS) {
    return problem(`must be a whole number from 0 (permanently) to ${MAX_DURATION_SECONDS} (ten years)`);
  }
  return [];
}
