import type { Permission } from '../../task/permissions.ts';

export { isOutage, isTimeout } from '../../store/connection/pool.ts';
export { OutOfTimeError } from '../../store/connection/request-scope.ts';
export { BusyError } from '../../store/connection/shares.ts';
export { ElsewhereError } from '../../store/elsewhere/errors.ts';

/**
 * Why a request failed; each dialect has its own body and status for it.
 * - `outgrown`: the preview differs from the request, or more records match since.
 * - `related_entities`: other tasks or files depend on it and would be deleted with it; `problems` names them.
 * - `quota_exceeded`: the organization has reached its limit of stored bytes.
 * - `too_many_tasks`: the organization has reached its limit of open tasks.
 * - `unavailable`: it came too late; the client can try again.
 * - `insufficient_scope`: the token lacks permissions that this task needs; always a `PermissionError`.
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
  /** The invalid member, such as `mapping.basic.name`. */
  readonly field: string;
  readonly message: string;
}

/** A request that is not valid or not allowed. Anything else that a service throws is a fault of the system. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;
  readonly problems: readonly Problem[];

  /** @param message a sentence for people */
  constructor(code: ServiceErrorCode, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}

/** The token lacks a permission that the task needs (rights.ts). */
export class PermissionError extends ServiceError {
  readonly missing: readonly Permission[];

  constructor(missing: readonly Permission[]) {
    super('insufficient_scope', `The token does not have the required permission: ${missing.join(', ')}.`);
    this.missing = missing;
  }
}

/** For data that does not exist and for data of another organization: the same error. */
export function notFound(): ServiceError {
  return new ServiceError('not_found', 'Entity not found');
}
