import { inTransaction, type Pool } from '../../store/connection/pool.ts';
import { parseId, toHex24 } from '../../task/ids.ts';
import { type ClientCredentials, hashSecret, newSecret } from './clients.ts';

/**
 * Gives a client a new secret. Those it has go on working for `graceSeconds`, or for what is left of an earlier grace if
 * that is less; 0 ends them at once. Tokens that were had with them live on.
 *
 * @returns `undefined` when there is no such client, or it was revoked
 */
export async function rotateClient(
  { pool }: { readonly pool: Pool },
  clientId: string,
  graceSeconds: number,
): Promise<ClientCredentials | undefined> {
  const id = parseId(clientId);
  if (id === undefined) return undefined;
  const clientSecret = newSecret();
  return inTransaction(pool, async (tx) => {
    // Two rotations at once take turns, or the secret of the one would stay good for ever beside that of the other.
    const { rowCount } = await tx.query('select from clients where id = $1 and revoked_at is null for update', [id]);
    if (rowCount === 0) return undefined;
    await tx.query('delete from client_secrets where client_id = $1 and expires_at <= now()', [id]);
    await tx.query(
      `update client_secrets set expires_at = least(expires_at, now() + make_interval(secs => $2)) where client_id = $1`,
      [id, graceSeconds],
    );
    await tx.query('insert into client_secrets (client_id, secret_hash) values ($1, $2)', [
      id,
      hashSecret(clientSecret),
    ]);
    return { clientId: toHex24(id), clientSecret };
  });
}
