import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { newSecret } from '../clients/clients.ts';
import { CALLBACK_PATH } from '../clients/console-client.ts';
import { IssuerError, type JsonObject } from '../issuer/issuer-request.ts';
import { KeyRing } from '../keys/key-ring.ts';
import { text } from '../tokens/claims/claims.ts';
import { verifyIdToken } from '../tokens/verify-id-token.ts';
import type { SignInIssuer } from './sign-in-issuer.ts';

/** A sign-in cannot be gone on with: what came back is not what was asked for, or is too old. For the log. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

/** Errors by which an issuer says that it is not the browser's fault. */
const AWAY: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/** What an issuer gave to the console; none of it leaves the server. */
export interface Tokens {
  readonly access: string;
  readonly refresh?: string;
}

export interface SignedIn {
  readonly tokens: Tokens;
  /** For so long the access token is good, s. */
  readonly expiresIn: number;
  /** Of the ID token. */
  readonly claims: JWTPayload & { readonly sub: string };
  /** The path to go on to. */
  readonly returnTo: string;
}

export interface SignIn {
  /**
   * Begins a sign-in (OpenID Connect Core §3.1, with PKCE of RFC 7636).
   *
   * @param secret of the browser, 256 random bits: all that binds what comes back to it. Nothing else is kept meanwhile
   * @param base where the browser reaches this server, without a trailing slash
   * @returns where to send it
   * @throws IssuerError
   */
  begin(secret: string, base: string, returnTo: string): Promise<string>;
  /**
   * Ends a sign-in.
   *
   * @param secret the one of the browser that it was begun with
   * @throws SignInError
   * @throws IssuerError
   */
  complete(secret: string, base: string, answer: Readonly<Record<string, string>>): Promise<SignedIn>;
  /** New tokens; the refresh token stays, unless the issuer gives another. @throws IssuerError, of status 400 if the session has ended there */
  refresh(tokens: Tokens): Promise<{ tokens: Tokens; expiresIn: number }>;
  /**
   * Where to send a browser that has signed out here, so that it does at the issuer (OpenID Connect RP-Initiated Logout 1.0). It is not
   * given the ID token as a hint, which would bring a token to the browser: an issuer may ask whether it is meant.
   *
   * @throws IssuerError
   */
  leave(base: string): Promise<string>;
}

/** Of an access token whose issuer does not say how long it lives, s: it is asked again soon. */
const UNSAID_EXPIRY = 300;

/** The console as a client of its issuer. */
export function createSignIn(issuer: SignInIssuer): SignIn {
  const keys = new KeyRing(issuer, Date.now);
  const { clientId, scope, audience } = issuer;
  return {
    async begin(secret, base, returnTo) {
      const { signIn } = await issuer.places();
      const state = stateOf(secret, newSecret(), returnTo);
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: base + CALLBACK_PATH,
        scope,
        state,
        nonce: derived(secret, 'nonce', state),
        code_challenge: createHash('sha256')
          .update(derived(secret, 'verifier', state))
          .digest('base64url'),
        code_challenge_method: 'S256',
        ...(audience !== undefined && { audience }),
      });
      return `${signIn}${signIn.includes('?') ? '&' : '?'}${query}`;
    },

    async complete(secret, base, { state = '', code, iss, error }) {
      const returnTo = returnOf(secret, state);
      // RFC 9207 §2.4: not given by all issuers, but never another's.
      if (iss !== undefined && iss !== issuer.issuer) throw new SignInError('another issuer responded');
      // RFC 6749 §4.1.2.1: it is the issuer that cannot, not the browser.
      if (AWAY.has(String(error))) throw new IssuerError(`the issuer responded with the error ${error}`);
      if (code === undefined) throw new SignInError(`the issuer returned no code: ${JSON.stringify(error)}`);
      const answer = await issuer.token({
        grant_type: 'authorization_code',
        code,
        redirect_uri: base + CALLBACK_PATH,
        code_verifier: derived(secret, 'verifier', state),
      });
      const idToken = text(answer.id_token);
      if (idToken === undefined) throw new SignInError('the issuer returned no ID token');
      const rules = { issuer: issuer.issuer, clientId, nonce: derived(secret, 'nonce', state) };
      return { ...tokensOf(answer), claims: await verifyIdToken(idToken, keys, rules), returnTo };
    },

    async refresh(tokens) {
      const answer = await issuer.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh ?? '' });
      const renewed = tokensOf(answer);
      return { ...renewed, tokens: { ...tokens, ...renewed.tokens } };
    },

    async leave(base) {
      const { signOut } = await issuer.places();
      if (signOut === undefined) return `${base}/`;
      const query = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: `${base}/` });
      return `${signOut}${signOut.includes('?') ? '&' : '?'}${query}`;
    },
  };
}

/** @throws IssuerError for an invalid response (RFC 6749 §5.1) */
function tokensOf(answer: JsonObject): { tokens: Tokens; expiresIn: number } {
  const access = text(answer.access_token);
  if (access === undefined || !/^bearer$/i.test(String(answer.token_type))) {
    throw new IssuerError('The issuer returned no bearer token');
  }
  const refresh = text(answer.refresh_token);
  const seconds = Number(answer.expires_in ?? UNSAID_EXPIRY);
  return {
    tokens: { access, ...(refresh !== undefined && { refresh }) },
    expiresIn: Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 86_400 * 365) : UNSAID_EXPIRY,
  };
}

/**
 * What the issuer hands back as it is: a number that is used once, the path to return to, and by what to know that this browser has
 * begun it. So several tabs may sign in at the same time, and nothing is stored for those who never come back.
 */
function stateOf(secret: string, once: string, returnTo: string): string {
  const said = `${once}.${Buffer.from(returnTo).toString('base64url')}`;
  return `${said}.${derived(secret, 'state', said)}`;
}

/** @throws SignInError when it was not begun with this secret */
function returnOf(secret: string, state: string): string {
  const [once, path = '', mark = ''] = state.split('.');
  const expected = Buffer.from(derived(secret, 'state', `${once}.${path}`));
  const given = Buffer.from(mark);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new SignInError('this browser did not start this sign-in');
  }
  return Buffer.from(path, 'base64url').toString();
}

/** 256 bits in base64url, which only the holder of the secret can compute. */
function derived(secret: string, purpose: string, of: string): string {
  return createHmac('sha256', secret).update(`${purpose} ${of}`).digest('base64url');
}
