import type { Permission } from '../../task/permissions.ts';

export { isOutage, isTimeout } from '../../store/connection/pool.ts';
export { OutOfTimeError } from '../../store/connection/request-scope.ts';
export { BusyError } from '../../store/connection/shares.ts';

/**
 * Why a request could not be served; a dialect words it.
 * - `outgrown`: what was previewed is not what is asked for, or has grown since.
 * - `related_entities`: others hang on it, and would be deleted with it; `problems` names them.
 * - `quota_exceeded`: the organization stores as much as it may.
 * - `too_many_tasks`: the organization has as many tasks that are not over as it may.
 * - `unavailable`: it came too late, and may be tried again.
 * - `insufficient_scope`: the token lacks permissions that this task asks for; always a `PermissionError`.
 */
export type ServiceErrorCode =
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'key_reused'
  | 'outgrown'
  | 'related_entities'
  | 'quota_exceeded'
  | 'too_many_tasks'
  | 'unavailable'
  | 'insufficient_scope';

export interface Problem {
  /** The member at fault, such as `mapping.basic.name`. */
  readonly field: string;
  readonly message: string;
}

/** A request that cannot be served as it is. Anything else that a service throws is a fault of the system. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;
  readonly problems: readonly Problem[];

  /** @param message a sentence for a person */
  constructor(code: ServiceErrorCode, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}

/** The token does not carry what the task that it names asks for (rights.ts). */
export class PermissionError extends ServiceError {
  readonly missing: readonly Permission[];

  constructor(missing: readonly Permission[]) {
    super('insufficient_scope', `The token does not carry the permission that this takes: ${missing.join(', ')}.`);
    this.missing = missing;
  }
}

/** What is not there, and what belongs to another organization: one answer. */
export function notFound(): ServiceError {
  return new ServiceError('not_found', 'Entity not found');
}
