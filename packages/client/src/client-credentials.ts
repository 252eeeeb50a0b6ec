import { type Call, call, connect } from './connection/connection.ts';
import { readBody } from './dialect.ts';
import { unreadable } from './error.ts';

export interface ClientCredentials {
  /** Of the server, whose own issuer is asked. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Permissions separated by spaces; all that the client has unless given. */
  readonly scope?: string;
  /** Of an issuer elsewhere. */
  readonly tokenUrl?: string;
}

/** A token is fetched again so long before its end, ms. */
const MARGIN = 30_000;

/**
 * What gives an OpenBulk client its token: fetched with client credentials (RFC 6749 §4.4) when one is needed, and kept until shortly
 * before it ends. It throws OpenBulkError.
 */
export function clientCredentials(credentials: ClientCredentials): () => Promise<string> {
  let token: Promise<string> | undefined;
  let end = 0;
  const fetchToken = async () => {
    const { access_token, expires_in = 60 } = await requestToken(credentials);
    const lifetime = expires_in * 1000;
    end = Date.now() + lifetime - Math.min(MARGIN, lifetime / 2);
    return access_token;
  };
  return () => {
    if (token && Date.now() < end) return token;
    // Whoever comes meanwhile waits for the same one.
    end = Number.POSITIVE_INFINITY;
    token = fetchToken();
    token.catch(() => {
      end = 0;
    });
    return token;
  };
}

interface Granted {
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in?: number;
}

function requestToken({ url, tokenUrl, clientId, clientSecret, scope }: ClientCredentials): Promise<Granted> {
  const place = new URL(tokenUrl ?? `${url.replace(/\/+$/, '')}/oauth2/token`);
  const connection = connect({ url: place.origin });
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) });
  // Encoded as in a form first (RFC 6749 §2.3.1).
  const basic = btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
  const request: Call = {
    method: 'POST',
    path: place.pathname + place.search,
    headers: new Headers({ authorization: `Basic ${basic}`, accept: 'application/json' }),
    idempotent: true,
    // The request that needs the token is made again.
    retries: 0,
    send: (to, init) => connection.fetch(to, { ...init, body }),
  };
  return call(connection, request, async (response) => {
    const granted = ((await readBody(response)) ?? {}) as Partial<Granted>;
    if (typeof granted.access_token !== 'string') throw unreadable(response);
    return granted as Granted;
  });
}
