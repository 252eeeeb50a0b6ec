import { createHash } from 'node:crypto';
import type { Matching } from '../../operations/act/matching.ts';
import { hasGrown } from '../../operations/act/seal.ts';
import type { RecordsPlace } from '../../operations/records-place.ts';
import type { Transaction } from '../../store/connection/pool.ts';
import { lockPreview, type PreviewRow } from '../../store/tasks/previews.ts';
import { ServiceError } from '../platform/service-error.ts';

/** What is kept of a preview's token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** What a preview should cover. */
interface Covered {
  readonly place: RecordsPlace;
  readonly matching: Matching;
  /** What they are called in sentences. */
  readonly records: 'devices' | 'records';
}

/**
 * Checks that a preview still covers what is asked for; in the transaction that makes the task.
 *
 * @throws ServiceError `invalid` when there is no such preview any more; `outgrown`
 */
export async function requireSealed(
  tx: Transaction,
  preview: PreviewRow | undefined,
  { place, matching, records }: Covered,
): Promise<void> {
  if (!preview || preview.expired || !(await lockPreview(tx, preview.id))) {
    const message = 'is unknown or expired (after an hour); create a new preview';
    throw new ServiceError('invalid', 'The preview cannot be used.', [{ field: 'preview', message }]);
  }
  if (!preview.same) {
    throw new ServiceError(
      'outgrown',
      `The preview has other criteria${records === 'devices' ? '' : ', other values'} or another action. Create a preview of this request.`,
    );
  }
  if (await hasGrown(tx, place, matching, preview.id)) {
    throw new ServiceError(
      'outgrown',
      `More ${records} match now than when the preview was created. Create a new preview.`,
    );
  }
}
