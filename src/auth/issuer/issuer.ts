import { consoleSecret } from '../clients/console-client.ts';
import { type IssuerKeys, loadIssuerKeys } from '../keys/issuer-keys.ts';
import type { SecretKeys } from '../keys/secret-key.ts';
import type { IssuerConfiguration } from './issuer-configuration.ts';
import type { IssuerProvider } from './provider.ts';

export interface IssuerOptions extends IssuerConfiguration {
  /** What opens its keys. */
  readonly secret: SecretKeys;
  /** Called for errors that are not the client's: an unavailable database, a bug. */
  readonly onError?: (error: Error) => void;
  /** Milliseconds since 1970; the clock of the machine when not given. */
  readonly now?: () => number;
}

/** The embedded authorization server: client credentials, sign-in to the console, its keys, its metadata, and nothing else. */
export interface Issuer extends IssuerProvider {
  /** The secret by which the console, which is this server, is a client of it. */
  consoleSecret(): string;
}

/**
 * So old, ms, may be what a process knows of the keys: one that was retired signs nothing more after this, and a new one does not sign
 * before it is a minute old. It is a query of 0.3 ms beside the tens of a token request.
 */
const KEYS_INTERVAL = 1_000;

/**
 * Starts the embedded issuer; any number of processes on one database are one issuer.
 *
 * Its links come from `issuer` alone: neither `Host` nor `X-Forwarded-*` is believed, so behind a proxy it is the
 * configured URL that must be right.
 */
export async function createIssuer(options: IssuerOptions): Promise<Issuer> {
  const { pool, secret, now = Date.now } = options;
  const report = (error: Error): void => options.onError?.(error);
  const first = await loadIssuerKeys({ pool, secret });
  let serving: { readonly keys: IssuerKeys; provider?: Promise<IssuerProvider> } = { keys: first };
  let lookedAt = now();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const keys = await loadIssuerKeys({ pool, secret });
    if (!sameKeys(keys, serving.keys)) serving = { keys };
  }

  /** A key that was added meanwhile is published without a restart. While the keys cannot be read, those from before serve. */
  function keysOfLate(): Promise<void> | undefined {
    if (now() - lookedAt >= KEYS_INTERVAL) {
      lookedAt = now();
      looking = look().catch(report);
    }
    return looking;
  }

  /** Loaded when it is first asked: that takes half a second, and the server of a single command is never asked. */
  function provider(): Promise<IssuerProvider> {
    const { keys } = serving;
    serving.provider ??= import('./provider.ts').then(({ openProvider }) => openProvider(options, keys, report));
    return serving.provider;
  }

  return {
    async handle(req, res): Promise<void> {
      await keysOfLate();
      await (await provider()).handle(req, res);
    },
    isAsking: async (req, res) => (await provider()).isAsking(req, res),
    signedIn: async (req, res, accountId) => (await provider()).signedIn(req, res, accountId),
    consoleSecret: () => consoleSecret(serving.keys),
  };
}

/** Also in the order in which they matter: the first signs. */
function sameKeys(one: IssuerKeys, other: IssuerKeys): boolean {
  const marks = ({ signing, cookies }: IssuerKeys) => [...signing.map(({ kid }) => kid), ...cookies].join(' ');
  return marks(one) === marks(other);
}
