import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Pool } from '../../store/connection/pool.ts';
import { parseId } from '../../task/ids.ts';
import { findClient, hashSecret } from '../clients/clients.ts';
import { CONSOLE_CLIENT } from '../clients/console-client.ts';
import { isPermission } from '../permissions.ts';
import { openInteractions } from './open-interactions.ts';

/** Models that are stored. Access tokens are JWTs; the issuer keeps no sign-in sessions, since the console has sessions. */
const STORED = new Set(['AuthorizationCode', 'Grant', 'RefreshToken']);

/** Where oidc-provider finds clients and keeps the rest, in the database that all processes share. */
export function issuerEntries(
  pool: Pool,
  { console, keys, issuer }: { console: AdapterPayload; keys: readonly string[]; issuer: string },
): (model: string) => Adapter {
  return (model) => {
    if (model === 'Client') return { ...nothing, find: (id) => clientPayload(pool, id, console) };
    if (model === 'Interaction') return openInteractions({ keys, issuer, stored: new Entries(pool, model) });
    return STORED.has(model) ? new Entries(pool, model) : nothing;
  };
}

/** Clients are read each time, so that a revoked one gets no token any more. */
async function clientPayload(pool: Pool, id: string, console: AdapterPayload): Promise<AdapterPayload | undefined> {
  if (id === CONSOLE_CLIENT) return console;
  const client = await findClient({ pool }, id);
  if (client === undefined) return undefined;
  return {
    client_id: client.clientId,
    client_name: client.name,
    // To oidc-provider a secret is any text; compareClientSecret reads this one.
    client_secret: client.secretHashes.join(' '),
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    organization: client.organizationId,
    permissions: client.permissions.filter(isPermission),
  };
}

const nothing: Adapter = {
  async find() {},
  async findByUid() {},
  async findByUserCode() {},
  async upsert() {},
  async consume() {},
  async destroy() {},
  async revokeByGrantId() {},
};

/** Entries of one model. Their ids are secrets (a code, a refresh token) and are stored as hashes only. */
class Entries implements Adapter {
  readonly #pool: Pool;
  readonly #model: string;

  constructor(pool: Pool, model: string) {
    this.#pool = pool;
    this.#model = model;
  }

  async upsert(id: string, { jti: _, ...payload }: AdapterPayload, expiresIn: number): Promise<void> {
    const { grantId, accountId } = payload;
    await this.#pool.query(
      `insert into issuer_entries (model, id_hash, payload, grant_id, account_id, expires_at)
       values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
       on conflict (model, id_hash) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
      [this.#model, hashSecret(id), payload, grantId ?? null, (accountId && parseId(accountId)) ?? null, expiresIn],
    );
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const { rows } = await this.#pool.query<{ payload: AdapterPayload; consumed: boolean }>(
      `select payload, consumed_at is not null as consumed from issuer_entries
       where model = $1 and id_hash = $2 and expires_at > now()`,
      [this.#model, hashSecret(id)],
    );
    return rows[0] && { ...rows[0].payload, jti: id, ...(rows[0].consumed && { consumed: true }) };
  }

  /** @throws InvalidGrant for all but one of those who use a code at the same time */
  async consume(id: string): Promise<void> {
    const { rowCount } = await this.#pool.query(
      'update issuer_entries set consumed_at = now() where model = $1 and id_hash = $2 and consumed_at is null',
      [this.#model, hashSecret(id)],
    );
    if (rowCount === 0) throw new errors.InvalidGrant(`${this.#model} already consumed`);
  }

  async destroy(id: string): Promise<void> {
    await this.#pool.query('delete from issuer_entries where model = $1 and id_hash = $2', [
      this.#model,
      hashSecret(id),
    ]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#pool.query('delete from issuer_entries where model = $1 and grant_id = $2', [this.#model, grantId]);
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
}
