import { randomBytes } from 'node:crypto';
import { isElsewhere, sealMatches } from '../../operations/act/seal.ts';
import { toRecordObject } from '../../resources/record-object.ts';
import { inTransaction, type Queryable, type Transaction } from '../../store/connection/pool.ts';
import { findRecords } from '../../store/records/records.ts';
import { deleteExpiredPreviews, deleteSurplusPreviews } from '../../store/tasks/previews.ts';
import { newId } from '../../task/ids.ts';
import { allows } from '../../task/permissions.ts';
import type { TaskContext } from '../tasks/task-context.ts';
import { type ActWish, findAct, isOfRecords, readWish, requireWritable, sealedOf } from './find-act.ts';
import { hashToken } from './sealed-preview.ts';

export interface Preview {
  /** Records that match. */
  readonly count: number;
  /** The first 20 of them, as lists show them; none for who may not list them. */
  readonly sample: readonly Record<string, unknown>[];
  /** Whoever has it can make a task of exactly this; it is kept nowhere. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** What an organization has sealed at most, unless its newest preview alone is more: 80 MB of ids. */
const MOST = { previews: 20, records: 5_000_000 };

/**
 * Tells which records an action would be on, and seals action, criteria, values and records for an hour; sooner where the organization makes
 * many previews, of which the oldest go.
 *
 * @throws ServiceError `invalid` with problems that name members of the wish; `insufficient_scope`
 */
export async function previewAction(context: Pick<TaskContext, 'pool' | 'elsewhere'>, wish: ActWish): Promise<Preview> {
  const { pool } = context;
  const { organizationId, asker, type } = wish;
  const act = await findAct(pool, wish);
  const { name } = act;
  const asked = readWish(act, wish);
  const place = await requireWritable(context, act, wish);
  const { resource } = place;
  // Records of a resource are shown to those who may list them.
  const shows = !isOfRecords(type) || allows(asker.permissions, resource.readBy);
  const token = randomBytes(32).toString('base64url');
  const seal = { previewId: newId(), tokenHash: hashToken(token), action: name, asked: sealedOf(asked) };
  const preview = async (tx: Transaction) => {
    await deleteExpiredPreviews(tx);
    const matching = { resource, organizationId, criteria: asked.criteria };
    const { sealed, first, expiresAt } = await sealMatches(tx, place, matching, seal);
    await deleteSurplusPreviews(tx, organizationId, MOST);
    const read = (db: Queryable) => findRecords(db, resource, organizationId, shows ? first : []);
    const records = await (isElsewhere(resource) ? place.read(read) : read(tx));
    return { count: sealed, sample: records.map((record) => toRecordObject(resource, record)), token, expiresAt };
  };
  return pool.heavily(() => inTransaction(pool, preview));
}
