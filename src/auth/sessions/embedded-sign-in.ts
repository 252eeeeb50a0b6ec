import type { Pool } from '../../store/connection/pool.ts';
import { CONSOLE_CLIENT } from '../clients/console-client.ts';
import { IssuerError, jsonObject } from '../issuer/issuer-request.ts';
import { embeddedKeys } from '../keys/issuer-keys.ts';
import { ALL_PERMISSIONS } from '../permissions.ts';
import { basic } from '../tokens/verifiers/external-issuer.ts';
import type { SignInIssuer } from './sign-in-issuer.ts';

/** Hands a form to the embedded issuer's token endpoint, inside the process. */
export type AskInside = (
  form: string,
  headers: { readonly authorization: string },
) => Promise<{ readonly status: number; readonly text: string }>;

export interface EmbeddedSignInOptions {
  readonly pool: Pool;
  /** URL; what `issuerIdentity` gives. */
  readonly issuer: string;
  /** By which the issuer of this process knows the console. */
  readonly consoleSecret: () => string;
  /** Its own URL may be one that only browsers can reach, through a proxy. */
  readonly askInside: AskInside;
}

/** The embedded issuer, of which the console is a client like any other, but for the way in which it asks. */
export function embeddedSignIn(options: EmbeddedSignInOptions): SignInIssuer {
  const { pool, issuer, askInside } = options;
  return {
    issuer,
    clientId: CONSOLE_CLIENT,
    scope: ['openid', 'profile', 'email', ...ALL_PERMISSIONS].join(' '),
    // A path: the browser stays at the name by which it knows this server.
    places: async () => ({ signIn: `${new URL(issuer).pathname}/auth` }),
    async token(grant) {
      const form = new URLSearchParams(grant).toString();
      const clientSecret = options.consoleSecret();
      const headers = { authorization: basic({ clientId: CONSOLE_CLIENT, clientSecret }) };
      const { status, text } = await askInside(form, headers);
      if (status !== 200)
        throw new IssuerError(`The embedded issuer responded with status ${status}: ${text}`, { status });
      return jsonObject(text);
    },
    load: embeddedKeys({ pool }).load,
  };
}
