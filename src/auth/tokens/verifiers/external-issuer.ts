import type { JSONWebKeySet } from 'jose';
import { askIssuer, IssuerError, type JsonObject } from '../../issuer/issuer-request.ts';
import type { KeySource } from '../../keys/key-ring.ts';
import { readableKeys } from '../../keys/readable-keys.ts';
import { discoverIssuer, type IssuerMetadata } from './discover-issuer.ts';

/** The client as which the server asks about tokens. */
export interface IntrospectionCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The client as which the console has people sign in. */
export interface ConsoleCredentials {
  readonly clientId: string;
  /** Not given: a public client (RFC 6749 §2.1). */
  readonly clientSecret?: string;
}

/** Total time of a request, including discovery, ms. */
const TIMEOUT = 5_000;
/** Metadata older than this are fetched again, ms. */
const MAX_AGE = 600_000;
/** After a failure it is asked again this often at most, ms. */
const RETRY_INTERVAL = 1_000;

/** An external authorization server: its keys and introspection. Each request takes at most 5 s. */
export class ExternalIssuer implements KeySource {
  readonly #issuer: string;
  readonly #now: () => number;
  #metadata: { readonly found: Promise<IssuerMetadata>; until: number } | undefined;

  /** @param now ms since 1970 */
  constructor(issuer: string, now: () => number) {
    this.#issuer = issuer;
    this.#now = now;
  }

  /** The keys by which it signs. @throws IssuerError */
  async load(): Promise<JSONWebKeySet> {
    const signal = AbortSignal.timeout(TIMEOUT);
    // Anew each time, since it is seldom: where the keys are may be what has changed.
    const { jwksUri } = await this.#discover(signal);
    if (!jwksUri) throw new IssuerError(`The metadata of ${this.#issuer} has no jwks_uri`);
    return readableKeys(await askIssuer(jwksUri, { signal }));
  }

  /** What it says of a token (RFC 7662 §2). @throws IssuerError */
  async introspect(token: string, credentials: IntrospectionCredentials): Promise<JsonObject> {
    const signal = AbortSignal.timeout(TIMEOUT);
    const { introspectionEndpoint } = await this.#known(signal);
    if (!introspectionEndpoint) throw new IssuerError(`The metadata of ${this.#issuer} has no introspection_endpoint`);
    return askIssuer(introspectionEndpoint, {
      signal,
      method: 'POST',
      headers: { accept: 'application/json', authorization: basic(credentials) },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
    });
  }

  /** What it has, as of ten minutes ago at most. @throws IssuerError */
  metadata(): Promise<IssuerMetadata> {
    return this.#known(AbortSignal.timeout(TIMEOUT));
  }

  /** Tokens for a grant (RFC 6749 §3.2). @throws IssuerError, of status 400 when the grant is not or no longer good */
  async token(
    grant: Readonly<Record<string, string>>,
    { clientId, clientSecret }: ConsoleCredentials,
  ): Promise<JsonObject> {
    const signal = AbortSignal.timeout(TIMEOUT);
    const { tokenEndpoint } = await this.#known(signal);
    if (!tokenEndpoint) throw new IssuerError(`The metadata of ${this.#issuer} has no token_endpoint`);
    const secret = clientSecret !== undefined && { authorization: basic({ clientId, clientSecret }) };
    return askIssuer(tokenEndpoint, {
      signal,
      method: 'POST',
      headers: { accept: 'application/json', ...secret },
      body: new URLSearchParams({ ...grant, ...(!secret && { client_id: clientId }) }),
    });
  }

  #known(signal: AbortSignal): Promise<IssuerMetadata> {
    const known = this.#metadata;
    return known && this.#now() < known.until ? known.found : this.#discover(signal);
  }

  /** Asked again while it is under way, it is the same answer that is waited for. */
  #discover(signal: AbortSignal): Promise<IssuerMetadata> {
    const metadata = { found: discoverIssuer(this.#issuer, signal), until: this.#now() + MAX_AGE };
    metadata.found.catch(() => {
      metadata.until = this.#now() + RETRY_INTERVAL;
    });
    this.#metadata = metadata;
    return metadata.found;
  }
}

/** The Authorization header of a client. RFC 6749 §2.3.1: both are form-encoded before they are joined. */
export function basic({ clientId, clientSecret }: IntrospectionCredentials): string {
  const [id, secret] = [clientId, clientSecret].map((text) => new URLSearchParams({ '': text }).toString().slice(1));
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
