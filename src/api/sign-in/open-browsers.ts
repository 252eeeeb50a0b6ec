import { embeddedSignIn } from '../../auth/embedded-sign-in.ts';
import { createFairQueue } from '../../auth/fair-queue.ts';
import { HASHING } from '../../auth/passwords.ts';
import { createSessions } from '../../auth/sessions.ts';
import { createSignIn } from '../../auth/sign-in.ts';
import type { ApiOptions, SignInOptions } from '../context.ts';
import { MOUNTED_AT } from '../issuer-routes.ts';
import type { App } from '../zod.ts';
import type { Browsers } from './browser-routes.ts';

/** The sign-in of browsers at the issuer, and their sessions. */
export function openBrowsers(
  app: App,
  { vitals: pool, issuerUrl, log }: ApiOptions,
  { issuer, idleSeconds, lifetimeSeconds }: SignInOptions,
): Browsers {
  const embedded = () => embeddedSignIn({ pool, issuer: issuerUrl, askInside: askInside(app) });
  const signIn = createSignIn(issuer ?? embedded());
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

/** Asks the embedded issuer's token endpoint without a network. */
function askInside(app: App) {
  return async (form: string, headers: { readonly authorization: string }) => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = `${MOUNTED_AT}/token`;
    const answer = await app.inject({ method: 'POST', url, headers: { ...headers, ...type }, payload: form });
    return { status: answer.statusCode, text: answer.payload };
  };
}
