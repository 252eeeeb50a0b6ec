import { issuerIdentity } from '../auth/issuer/issuer-identity.ts';
import type { Config } from '../config/config.ts';
import type { Pool } from '../store/connection/pool.ts';

/** The URL by which the embedded issuer signs: the same for a server and for `openbulk token` beside it. */
export function issuerOf(pool: Pool, config: Config): Promise<string> {
  return issuerIdentity({
    pool,
    ...(config.url && { configuredUrl: ownIssuerUrl(config) }),
    defaultUrl: ownIssuerUrl(config),
  });
}

/** Where the embedded issuer is or would be, as far as the settings say it. */
export function ownIssuerUrl({ url, host, port }: Config): string {
  return `${url ?? `http://${host.includes(':') ? `[${host}]` : host}:${port || 8080}`}/oauth2`;
}
