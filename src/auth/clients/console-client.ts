import { createHmac } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import type { IssuerKeys } from '../keys/issuer-keys.ts';
import { hashSecret } from './clients.ts';

/** The console's `client_id` at the embedded issuer: no client of the database, so none that could be revoked or listed. */
export const CONSOLE_CLIENT = 'openbulk-console';

/** Under the API's URL; where the issuer sends the browser back to. */
export const CALLBACK_PATH = '/auth/callback';

/**
 * The console's secret, derived from one that all processes on the database share, so that it is nowhere to be stored or logged.
 * With it only the server itself can redeem a code: a script in a page of the same origin cannot.
 */
export function consoleSecret({ cookies: [key] }: IssuerKeys): string {
  return createHmac('sha256', key).update('the secret of the console').digest('base64url');
}

/**
 * The console as the embedded issuer knows it.
 *
 * @param url where browsers reach it, without a trailing slash; `undefined` if it is not configured: then it is on this machine,
 *   at whatever port (RFC 8252 §7.3)
 */
export function consoleClient(keys: IssuerKeys, url: string | undefined): AdapterPayload {
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].map((host) => `http://${host}`);
  return {
    client_id: CONSOLE_CLIENT,
    client_name: 'OpenBulk',
    client_secret: hashSecret(consoleSecret(keys)),
    application_type: url === undefined ? 'native' : 'web',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: (url === undefined ? loopback : [url]).map((base) => base + CALLBACK_PATH),
  };
}
