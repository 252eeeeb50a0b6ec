import type { SignInOptions } from '../api/context.ts';
import { createIssuer, type Issuer } from '../auth/issuer/issuer.ts';
import { audienceOf } from '../auth/issuer/issuer-identity.ts';
import type { MintTokenDeps } from '../auth/issuer/mint-token.ts';
import { externalSignIn } from '../auth/sessions/sign-in-issuer.ts';
import { embeddedVerifier } from '../auth/tokens/verifiers/embedded-verifier.ts';
import { externalVerifier } from '../auth/tokens/verifiers/external-verifier.ts';
import type { Verifier } from '../auth/tokens/verify-token.ts';
import type { Config } from '../config/config.ts';
import type { Pool } from '../store/connection/pool.ts';
import { issuerOf, ownIssuerUrl } from './issuer-url.ts';
import { openSecretKeys } from './secret-keys.ts';

/** Whose tokens a server accepts, and as what it is known to their issuer. */
export interface Access {
  readonly verifier: Verifier;
  /** The embedded issuer; none when tokens come from elsewhere. */
  readonly issuer?: Issuer;
  /** What it takes to sign tokens as the embedded issuer. */
  readonly minting?: MintTokenDeps;
  /** The issuer's URL, as its tokens name it. */
  readonly issuerUrl: string;
  /** The API's own URL. */
  readonly resourceUrl: string;
  /** How browsers sign in; none where they cannot. */
  readonly signIn?: SignInOptions;
}

/** The tokens of the configured issuer, or of the embedded one where none is. */
export async function openAccess(pool: Pool, config: Config, onError: (error: Error) => void): Promise<Access> {
  if (config.externalIssuer) {
    const resourceUrl = audienceOf(ownIssuerUrl(config));
    const audience = config.externalIssuer.audience ?? resourceUrl;
    const { console, ...external } = config.externalIssuer;
    const signIn = console && {
      ...config.session,
      issuer: externalSignIn({ ...console, issuer: external.issuer, audience }),
    };
    const verifier = externalVerifier({ pool, ...external, audience });
    return { verifier, issuerUrl: external.issuer, resourceUrl, ...(signIn && { signIn }) };
  }
  const issuerUrl = await issuerOf(pool, config);
  const secret = await openSecretKeys(pool, config);
  return {
    minting: { pool, secret, issuer: issuerUrl },
    verifier: embeddedVerifier({ pool, issuer: issuerUrl }),
    issuer: await createIssuer({
      pool,
      secret,
      issuer: issuerUrl,
      ...(config.url !== undefined && { consoleUrl: config.url }),
      sessionTtl: config.session.lifetimeSeconds,
      onError,
    }),
    signIn: config.session,
    issuerUrl,
    resourceUrl: audienceOf(issuerUrl),
  };
}
