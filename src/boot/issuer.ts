import { issuerIdentity } from '../auth/issuer-identity.ts';
import type { Config } from '../config.ts';
import type { Pool } from '../store/pool.ts';

/** The URL by which this installation's tokens are signed: the same for a server and for `openbulk token` beside it. */
export function issuerOf(pool: Pool, config: Config): Promise<string> {
  return issuerIdentity({
    pool,
    ...(config.url && { configuredUrl: `${config.url}/oauth2` }),
    defaultUrl: `http://${config.host}:${config.port || 8080}/oauth2`,
  });
}
