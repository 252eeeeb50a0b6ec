import { askIssuer, IssuerError, type JsonObject } from '../../issuer/issuer-request.ts';

/** Where an issuer has what a resource server needs of it, and those who sign in there. */
export interface IssuerMetadata {
  /** Not given: it signs no tokens. */
  readonly jwksUri: URL | undefined;
  /** Not given: it answers no questions about tokens (RFC 7662). */
  readonly introspectionEndpoint: URL | undefined;
  /** Without it, there is no sign-in. */
  readonly authorizationEndpoint: URL | undefined;
  readonly tokenEndpoint: URL | undefined;
  /** Without it, the issuer does not support sign-out (OpenID Connect RP-Initiated Logout 1.0). */
  readonly endSessionEndpoint: URL | undefined;
}

/** So much for the first place, ms: one that is silent leaves time for the other. */
const FIRST_PLACE_MILLISECONDS = 2_000;

/**
 * Finds an issuer's metadata, where RFC 8414 §3.1 puts it or else OpenID Connect Discovery §4.
 * @param issuer its URL, to the letter
 * @throws IssuerError
 */
export async function discoverIssuer(issuer: string, signal: AbortSignal): Promise<IssuerMetadata> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const first = AbortSignal.any([signal, AbortSignal.timeout(FIRST_PLACE_MILLISECONDS)]);
  try {
    return await readMetadata(new URL(`${origin}/.well-known/oauth-authorization-server${path}`), issuer, first);
  } catch (noMetadata) {
    const second = new URL(`${origin}${path}/.well-known/openid-configuration`);
    return await readMetadata(second, issuer, signal).catch((neither: IssuerError) => {
      throw new IssuerError(`${neither.message}; ${(noMetadata as IssuerError).message}`, { cause: neither });
    });
  }
}

async function readMetadata(place: URL, issuer: string, signal: AbortSignal): Promise<IssuerMetadata> {
  const document = await askIssuer(place, { signal });
  // RFC 8414 §3.3: otherwise the metadata of another issuer would be accepted.
  if (document.issuer !== issuer) {
    throw new IssuerError(`${place} describes ${JSON.stringify(document.issuer)}, not ${JSON.stringify(issuer)}`);
  }
  return {
    jwksUri: endpoint(document, 'jwks_uri', issuer),
    introspectionEndpoint: endpoint(document, 'introspection_endpoint', issuer),
    authorizationEndpoint: endpoint(document, 'authorization_endpoint', issuer),
    tokenEndpoint: endpoint(document, 'token_endpoint', issuer),
    endSessionEndpoint: endpoint(document, 'end_session_endpoint', issuer),
  };
}

/** RFC 8414 §2: https. An issuer on this machine may have its endpoints beside it. */
function endpoint(document: JsonObject, name: string, issuer: string): URL | undefined {
  const value = document[name];
  if (value === undefined) return undefined;
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url && (url.protocol === 'https:' || url.origin === new URL(issuer).origin)) return url;
  throw new IssuerError(`The metadata of ${issuer} has a ${name} that is not an https URL: ${JSON.stringify(value)}`);
}
