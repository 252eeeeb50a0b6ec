import { SKIP_REASONS } from './line-reasons.ts';
import type { TaskWork } from './task.ts';

/** Why a task skips lines. A task has only one such reason: without override existing records, otherwise unchanged ones. */
export function skipReason({ operation, config }: TaskWork): { readonly code: string; readonly reason: string } {
  const code = operation === 'import' && !config.override ? 'exists' : 'unchanged';
  return { code, reason: SKIP_REASONS[code] };
}
