import { createHash } from 'node:crypto';
import type { Matching } from '../../operations/act/matching.ts';
import { hasGrown } from '../../operations/act/seal.ts';
import { shipped } from '../../operations/catalogue.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Transaction } from '../../store/connection/pool.ts';
import { lockPreview, type PreviewRow } from '../../store/tasks/previews.ts';
import type { ActionType } from '../../task/task.ts';
import { ServiceError } from '../platform/service-error.ts';

/** The action of that type on devices, the one resource that takes actions. */
export function deviceAction(type: ActionType): { readonly name: string; readonly resource: Resource } {
  const action = shipped.action(`${type}-devices`);
  if (!action) throw new Error(`${type} is not an action on devices.`);
  return action;
}

/** What is kept of a preview's token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Checks that a preview still covers what is asked for; in the transaction that makes the task.
 *
 * @throws ServiceError `invalid` when there is no such preview any more; `outgrown`
 */
export async function requireSealed(
  tx: Transaction,
  preview: PreviewRow | undefined,
  matching: Matching,
): Promise<void> {
  if (!preview || preview.expired || !(await lockPreview(tx, preview.id))) {
    const message = 'is unknown or expired (after an hour); create a new preview';
    throw new ServiceError('invalid', 'The preview cannot be used.', [{ field: 'preview', message }]);
  }
  if (!preview.same) {
    throw new ServiceError(
      'outgrown',
      'The preview has other criteria or another action. Create a preview of this request.',
    );
  }
  if (await hasGrown(tx, matching, preview.id)) {
    throw new ServiceError(
      'outgrown',
      'More devices match now than when the preview was created. Create a new preview.',
    );
  }
}
