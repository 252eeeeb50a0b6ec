import { ConfigError } from './config-error.ts';
import type { Settings } from './settings.ts';

/** Of no use without OPENBULK_ISSUER: better said than passed over, since they are about who may come in. */
const OF_AN_ISSUER = [
  'OPENBULK_AUDIENCE',
  'OPENBULK_INTROSPECTION_CLIENT',
  'OPENBULK_INTROSPECTION_SECRET',
  'OPENBULK_CLAIM_ORGANIZATION',
  'OPENBULK_CLAIM_PERMISSIONS',
  'OPENBULK_CONSOLE_CLIENT_ID',
  'OPENBULK_CONSOLE_CLIENT_SECRET',
  'OPENBULK_CONSOLE_SCOPE',
] as const;

/** Whose tokens are accepted, where that is not this server itself. */
export interface ExternalIssuerConfig {
  /** Its URL, as its tokens name it. */
  readonly issuer: string;
  /** What its tokens must name as theirs; not given: the server's own URL. */
  readonly audience?: string;
  /** The client as which the server asks about tokens that are no JWT (RFC 7662); not given: such tokens are refused. */
  readonly introspection?: { readonly clientId: string; readonly clientSecret: string };
  /** The client with which people sign in; without it there is no sign-in. */
  readonly console?: ConsoleConfig;
  /** The claims that say which organizations a token may see, and what it permits; not given: those of our own tokens. */
  readonly claims: { readonly organizations?: readonly string[]; readonly permissions?: readonly string[] };
}

/** The server as a client of an issuer elsewhere, at which people sign in. */
export interface ConsoleConfig {
  readonly clientId: string;
  /** Not given: a public client. */
  readonly clientSecret?: string;
  /** What is asked for, words separated by spaces. */
  readonly scope: string;
}

/** With `offline_access` a session outlives its first access token (OpenID Connect Core §11). */
const CONSOLE_SCOPE = 'openid profile email offline_access';

/** @throws ConfigError */
export function readExternalIssuer(values: Settings): ExternalIssuerConfig | undefined {
  const {
    OPENBULK_ISSUER,
    OPENBULK_INTROSPECTION_CLIENT: clientId,
    OPENBULK_INTROSPECTION_SECRET: clientSecret,
  } = values;
  if (OPENBULK_ISSUER === undefined) {
    const idle = OF_AN_ISSUER.filter((name) => values[name] !== undefined);
    if (idle.length === 0) return undefined;
    throw new ConfigError(`OPENBULK_ISSUER is missing. Set it, or remove ${idle.join(', ')}.`);
  }
  if ((clientId === undefined) !== (clientSecret === undefined)) {
    throw new ConfigError('OPENBULK_INTROSPECTION_CLIENT and OPENBULK_INTROSPECTION_SECRET must be set together.');
  }
  const console = readConsole(values);
  return {
    issuer: OPENBULK_ISSUER,
    ...(console && { console }),
    ...(values.OPENBULK_AUDIENCE !== undefined && { audience: values.OPENBULK_AUDIENCE }),
    ...(clientId !== undefined && clientSecret !== undefined && { introspection: { clientId, clientSecret } }),
    claims: {
      ...(values.OPENBULK_CLAIM_ORGANIZATION && { organizations: values.OPENBULK_CLAIM_ORGANIZATION }),
      ...(values.OPENBULK_CLAIM_PERMISSIONS && { permissions: values.OPENBULK_CLAIM_PERMISSIONS }),
    },
  };
}

function readConsole(values: Settings): ConsoleConfig | undefined {
  const {
    OPENBULK_CONSOLE_CLIENT_ID: clientId,
    OPENBULK_CONSOLE_CLIENT_SECRET: clientSecret,
    OPENBULK_CONSOLE_SCOPE: scope,
  } = values;
  if (clientId === undefined) {
    if (clientSecret === undefined && scope === undefined) return undefined;
    throw new ConfigError(
      'OPENBULK_CONSOLE_CLIENT_ID is missing. Set it, or remove OPENBULK_CONSOLE_CLIENT_SECRET and OPENBULK_CONSOLE_SCOPE.',
    );
  }
  return { clientId, ...(clientSecret !== undefined && { clientSecret }), scope: scope ?? CONSOLE_SCOPE };
}
