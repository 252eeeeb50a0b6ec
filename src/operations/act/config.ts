import type { Resource } from '../../resources/resource.ts';
import type { ActConfig, ActType } from '../../task/task.ts';
import { acceptCriteria } from '../criteria/cost.ts';
import type { Criteria } from '../criteria/criteria.ts';
import type { ConfigProblem } from '../import/config.ts';
import { type ReadValues, readValues } from './values.ts';

/** Longest reason, in characters. */
const MAX_REASON = 1_000;
/** Longest time for which an action is in force, in seconds: ten years. For longer times, use a permanent action. */
const MAX_DURATION_SECONDS = 10 * 365 * 86_400;

/** Actions that take something from somebody, who will ask why (docs/api/actions.md "Action types"). */
const NEEDS_REASON: readonly ActType[] = ['block', 'deny', 'cleanup', 'delete'];
/** Actions of which nothing can be put back. */
const FINAL: readonly ActType[] = ['cleanup', 'delete'];

/** What an action is asked to do, before its task exists. */
export type ActRequest = Omit<ActConfig, 'previewCount' | 'previewId'>;

/** What is asked, read: what a preview seals. */
export interface AskedAct {
  readonly criteria: Criteria;
  /** Of `set`. */
  readonly values?: ReadValues;
}

/** Which records an action is on and what it sets, or all that is wrong with that; the problems name members of `ActConfig`. */
export function readAsked(
  resource: Resource,
  { type, criteria, values }: Pick<ActRequest, 'type' | 'criteria' | 'values'>,
): AskedAct | { readonly problems: readonly ConfigProblem[] } {
  const parsed = acceptCriteria(resource, criteria);
  const problems = 'problems' in parsed ? [...parsed.problems] : [];
  const read = type === 'set' ? readValues(resource, values) : undefined;
  if (read && 'problems' in read) problems.push(...read.problems);
  if (type !== 'set' && values !== undefined)
    problems.push({ field: 'values', message: `are only for set; ${type} takes none` });
  if ('problems' in parsed || problems.length > 0) return { problems };
  return { criteria: parsed.criteria, ...(read && 'read' in read && { values: read.read }) };
}

/** What an action is asked, read, or all that is wrong with its configuration. */
export function checkActConfig(
  resource: Resource,
  config: ActRequest,
): AskedAct | { readonly problems: readonly ConfigProblem[] } {
  const asked = readAsked(resource, config);
  const problems = [
    ...('problems' in asked ? asked.problems : []),
    ...checkReason(config),
    ...checkDuration(resource, config),
  ];
  return 'criteria' in asked && problems.length === 0 ? asked : { problems };
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

function checkDuration({ name, adopted }: Resource, { type, durationSeconds }: ActRequest): ConfigProblem[] {
  const problem = (message: string) => [{ field: 'durationSeconds', message }];
  if (FINAL.includes(type) && durationSeconds !== 0) {
    return problem(`must be 0 for ${type}: a deleted ${type === 'cleanup' ? 'device' : 'record'} cannot be restored`);
  }
  if (adopted?.connection !== undefined && durationSeconds !== 0) {
    return problem(`must be 0 for ${name}: of records in another database, the values before are not kept`);
  }
  if (!Number.isInteger(durationSeconds) || durationSeconds < 0 || durationSeconds > MAX_DURATION_SECONDS) {
    return problem(`must be a whole number from 0 (permanently) to ${MAX_DURATION_SECONDS} (ten years)`);
  }
  return [];
}
