import type { TaskWork } from './task.ts';

/** Why a task skips lines: with override off their records are there; else these say the same already. A task has but one reason. */
export function skipReason({ operation, config }: TaskWork): { readonly code: string; readonly reason: string } {
  return operation === 'import' && !config.override
    ? { code: 'exists', reason: 'A record with this key exists already, and override is off.' }
    : { code: 'unchanged', reason: 'The record has exactly these values already.' };
}
