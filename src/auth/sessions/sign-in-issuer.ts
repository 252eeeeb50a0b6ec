import { IssuerError, type JsonObject } from '../issuer/issuer-request.ts';
import type { KeySource } from '../keys/key-ring.ts';
import { type ConsoleCredentials, ExternalIssuer } from '../tokens/verifiers/external-issuer.ts';

/** The issuer at which people sign in, as its client the console sees it. */
export interface SignInIssuer extends KeySource {
  /** As its tokens name it. */
  readonly issuer: string;
  readonly clientId: string;
  /** What is asked for, words separated by spaces. */
  readonly scope: string;
  /** What the access token is to be for; not given where it is so anyway. */
  readonly audience?: string;
  /** Where a browser signs in, and out: URLs, or paths on this server. @throws IssuerError */
  places(): Promise<{ readonly signIn: string; readonly signOut?: string }>;
  /** Tokens for a grant (RFC 6749 §3.2). @throws IssuerError, of status 400 when the grant is not or no longer good */
  token(grant: Readonly<Record<string, string>>): Promise<JsonObject>;
}

export interface ExternalSignIn extends ConsoleCredentials {
  /** URL, as its tokens name it. */
  readonly issuer: string;
  readonly audience: string;
  readonly scope: string;
}

/** An external issuer. It is first contacted at a sign-in. */
export function externalSignIn({ issuer, audience, scope, ...client }: ExternalSignIn): SignInIssuer {
  const external = new ExternalIssuer(issuer, Date.now);
  return {
    issuer,
    clientId: client.clientId,
    scope,
    audience,
    async places() {
      const { authorizationEndpoint, endSessionEndpoint } = await external.metadata();
      if (!authorizationEndpoint) throw new IssuerError(`The metadata of ${issuer} has no authorization_endpoint`);
      return { signIn: authorizationEndpoint.href, ...(endSessionEndpoint && { signOut: endSessionEndpoint.href }) };
    },
    token: (grant) => external.token(grant, client),
    load: () => external.load(),
  };
}
