import { createFairQueue } from '../../auth/accounts/fair-queue.ts';
import { HASHING } from '../../auth/accounts/passwords.ts';
import { embeddedSignIn } from '../../auth/sessions/embedded-sign-in.ts';
import { createSessions } from '../../auth/sessions/sessions.ts';
import { createSignIn } from '../../auth/sessions/sign-in.ts';
import type { SignInIssuer } from '../../auth/sessions/sign-in-issuer.ts';
import type { ApiOptions, SignInOptions } from '../context.ts';
import { MOUNTED_AT } from '../operating/issuer-routes.ts';
import type { App } from '../zod.ts';
import type { Browsers } from './browser-routes.ts';

/** The sign-in of browsers at the issuer, and their sessions. */
export function openBrowsers(
  app: App,
  options: ApiOptions,
  { issuer, idleSeconds, lifetimeSeconds }: SignInOptions,
): Browsers {
  const { vitals: pool, log } = options;
  const signIn = createSignIn(issuer ?? signInHere(app, options));
  const onError = (error: Error) => log.warn({ err: error }, 'a session could not be refreshed');
  const sessions = createSessions({ pool, signIn, idleSeconds, lifetimeSeconds, onError });
  return {
    signIn,
    sessions,
    lifetimeSeconds,
    ownAccounts: issuer === undefined,
    hashing: createFairQueue(HASHING),
  };
}

function signInHere(app: App, { vitals: pool, issuer, issuerUrl }: ApiOptions): SignInIssuer {
  if (!issuer) throw new Error('No issuer is configured for sign-in.');
  const { consoleSecret } = issuer;
  return embeddedSignIn({ pool, issuer: issuerUrl, consoleSecret, askInside: askInside(app) });
}

/** Asks the embedded issuer's token endpoint without a network. */
function askInside(app: App) {
  return async (form: string, headers: { readonly authorization: string }) => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = `${MOUNTED_AT}/token`;
    const answer = await app.inject({ method: 'POST', url, headers: { ...headers, ...type }, payload: form });
    return { status: answer.statusCode, text: answer.payload };
  };
}
