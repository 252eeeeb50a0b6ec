import type { Queryable, Transaction } from '../connection/pool.ts';

/** A write that its sender may send again: what was sent, under which key. */
export interface IdempotentWrite {
  readonly organizationId: string;
  /** Who sends it, and to where: the same key of another client or for another route is another key. */
  readonly scope: string;
  /** The `Idempotency-Key`. */
  readonly key: string;
  /** Hash of what was sent. */
  readonly fingerprint: string;
}

/**
 * Reserves the key, or finds what the first write under it was answered. Of concurrent copies one reserves it and the others
 * wait for its transaction. Keys are kept for 24 hours (docs/api/common.md "Idempotency").
 */
export async function reserveKey(
  tx: Transaction,
  write: IdempotentWrite,
): Promise<'reserved' | { fingerprint: string; answer: unknown }> {
  const { rowCount } = await tx.query(
    `insert into idempotency_keys (organization_id, scope, key, fingerprint, answer) values ($1, $2, $3, $4, 'null')
     on conflict (organization_id, scope, key) do update set fingerprint = excluded.fingerprint, answer = 'null', created_at = now()
     where idempotency_keys.created_at < now() - interval '24 hours'`,
    [write.organizationId, write.scope, write.key, write.fingerprint],
  );
  if (rowCount === 1) return 'reserved';
  const { rows } = await tx.query<{ fingerprint: string; answer: unknown }>(
    'select fingerprint, answer from idempotency_keys where organization_id = $1 and scope = $2 and key = $3',
    [write.organizationId, write.scope, write.key],
  );
  return rows[0] as { fingerprint: string; answer: unknown };
}

/**
 * Deletes keys older than 24 hours, at most `limit`.
 *
 * @param now the database's clock when not given
 * @returns how many there were
 */
export async function deleteOldKeys(
  db: Queryable,
  { limit, now }: { readonly limit: number; readonly now?: Date | undefined },
): Promise<number> {
  const { rowCount } = await db.query(
    `with old as (select organization_id, scope, key from idempotency_keys
       where created_at < coalesce($2, clock_timestamp()) - interval '24 hours' order by created_at limit $1 for update skip locked)
     delete from idempotency_keys k using old
     where k.organization_id = old.organization_id and k.scope = old.scope and k.key = old.key`,
    [limit, now ?? null],
  );
  return rowCount ?? 0;
}

/** Keeps the answer to a write whose key this transaction reserved. Needs no waiting. */
export function keepAnswer(tx: Transaction, write: IdempotentWrite, answer: unknown): void {
  tx.send({
    text: 'update idempotency_keys set answer = $4 where organization_id = $1 and scope = $2 and key = $3',
    values: [write.organizationId, write.scope, write.key, JSON.stringify(answer)],
  });
}
