import { randomBytes } from 'node:crypto';
import { sealMatches } from '../../operations/act/seal.ts';
import { acceptCriteria } from '../../operations/criteria/cost.ts';
import { toRecordObject } from '../../resources/record-object.ts';
import { inTransaction, type Transaction } from '../../store/connection/pool.ts';
import { findRecords } from '../../store/records/records.ts';
import { deleteExpiredPreviews, deleteSurplusPreviews } from '../../store/tasks/previews.ts';
import { newId } from '../../task/ids.ts';
import type { ActionType } from '../../task/task.ts';
import { ServiceError } from '../platform/service-error.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { deviceAction, hashToken } from './sealed-preview.ts';

export interface Preview {
  /** Devices that match. */
  readonly count: number;
  /** The first 20 of them, as lists show them. */
  readonly sample: readonly Record<string, unknown>[];
  /** Whoever has it can make a task of exactly this; it is kept nowhere. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** What an organization has sealed at most, unless its newest preview alone is more: 80 MB of ids. */
const MOST = { previews: 20, records: 5_000_000 };

/**
 * Tells which devices an action would be on, and seals action, criteria and devices for an hour; sooner where the organization makes
 * many previews, of which the oldest go.
 *
 * @throws ServiceError `invalid`
 */
export async function previewAction(
  { pool }: Pick<TaskContext, 'pool'>,
  wish: { readonly organizationId: string; readonly type: ActionType; readonly criteria: unknown },
): Promise<Preview> {
  const { organizationId } = wish;
  const { name, resource } = deviceAction(wish.type);
  const parsed = acceptCriteria(resource, wish.criteria);
  if ('problems' in parsed) throw new ServiceError('invalid', 'The criteria are not valid.', parsed.problems);
  const token = randomBytes(32).toString('base64url');
  const seal = { previewId: newId(), tokenHash: hashToken(token), action: name };
  const preview = async (tx: Transaction) => {
    await deleteExpiredPreviews(tx);
    const matching = { resource, organizationId, criteria: parsed.criteria };
    const { sealed, first, expiresAt } = await sealMatches(tx, matching, seal);
    await deleteSurplusPreviews(tx, organizationId, MOST);
    const records = await findRecords(tx, resource, organizationId, first);
    return { count: sealed, sample: records.map((record) => toRecordObject(resource, record)), token, expiresAt };
  };
  return pool.heavily(() => inTransaction(pool, preview));
}
