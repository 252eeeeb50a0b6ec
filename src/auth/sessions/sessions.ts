import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../../store/connection/pool.ts';
import { hashSecret } from '../clients/clients.ts';
import { IssuerError } from '../issuer/issuer-request.ts';
import { ExpiringCache } from '../tokens/expiring-cache.ts';
import { TokenError } from '../tokens/token-error.ts';
import {
  deleteSession,
  expireAccess,
  findSession,
  insertSession,
  keepTokens,
  type NewSession,
  putOffRefresh,
  type StoredSession,
  takeRefresh,
} from './session-store.ts';
import type { SignIn } from './sign-in.ts';

export interface SessionsOptions {
  readonly pool: Pool;
  readonly signIn: SignIn;
  /** An unused session expires after this long, s. */
  readonly idleSeconds: number;
  /** And every one after so long, s. */
  readonly lifetimeSeconds: number;
  /** Called if the issuer is unavailable. */
  readonly onError: (error: Error) => void;
}

/** The browsers that are signed in. */
export interface Sessions {
  /** @returns the id for the browser's cookie */
  open(session: Omit<NewSession, 'lifetimeSeconds'>): Promise<string>;
  /**
   * The session of that id with a valid access token; `undefined` if it has ended.
   * @throws TokenError `unavailable`, if the token must be refreshed and the issuer is unavailable
   */
  use(id: string): Promise<StoredSession | undefined>;
  /**
   * The session with another access token than the one that was refused before its time: the key that signed it may have been retired.
   * `undefined` if it was just renewed, or has ended.
   * @throws TokenError `unavailable`
   */
  renew(id: string, refused: string): Promise<StoredSession | undefined>;
  /** Ends a session, at once and for all. */
  end(id: string): Promise<void>;
}

/** So long before its end an access token is refreshed, s. */
const AHEAD = 30;
/** Who waits for another process to refresh a token looks again this often, ms, and for so long. */
const PAUSE = 50;
const PATIENCE = 6_000;

/** A session is renewed this often at most, ms: an issuer whose every token is refused must not be asked with each request. */
const RENEW_INTERVAL = 30_000;
/** Sessions remembered for it. */
const RENEWED = 10_000;

/** Sessions in the database, which all processes share. */
export function createSessions(options: SessionsOptions): Sessions {
  const { pool, signIn, idleSeconds, lifetimeSeconds, onError } = options;
  const find = (id: string) => findSession(pool, id, idleSeconds);
  const refreshing = new Map<string, Promise<StoredSession | undefined>>();
  const renewing = new Map<string, Promise<StoredSession | undefined>>();
  const renewed = new ExpiringCache<true>(RENEWED);

  async function use(id: string): Promise<StoredSession | undefined> {
    const session = await find(id);
    if (!session || session.accessSeconds > AHEAD) return session;
    if (session.tokens.refresh === undefined) {
      if (session.accessSeconds > 0) return session;
      await deleteSession(pool, id);
      return undefined;
    }
    // A page asks for several things at once; one of them refreshes.
    const underWay = refreshing.get(id) ?? refreshed(id, session).finally(() => refreshing.delete(id));
    refreshing.set(id, underWay);
    return underWay;
  }

  async function renew(id: string, refused: string): Promise<StoredSession | undefined> {
    // Requests of one page find the same token refused: the first of them renews it, the others wait for that or find it done.
    const underWay = renewing.get(id) ?? renewOnce(id, refused).finally(() => renewing.delete(id));
    renewing.set(id, underWay);
    const session = await underWay;
    return session?.tokens.access === refused ? undefined : session;
  }

  async function renewOnce(id: string, refused: string): Promise<StoredSession | undefined> {
    const session = await use(id);
    if (session?.tokens.access !== refused) return session;
    const [key, now] = [hashSecret(id), Date.now()];
    if (renewed.get(key, now)) return undefined;
    renewed.set(key, true, now + RENEW_INTERVAL);
    await expireAccess(pool, id);
    return use(id);
  }

  /** No connection is held meanwhile: the embedded issuer needs some for its answer. */
  async function refreshed(id: string, session: StoredSession): Promise<StoredSession | undefined> {
    const until = Date.now() + PATIENCE;
    for (let now: StoredSession | undefined = session; now; now = await find(id)) {
      if (now.accessSeconds > AHEAD) return now;
      if (await takeRefresh(pool, id, AHEAD)) {
        // Read again: another process may have refreshed it since, to a short-lived token.
        const taken = await find(id);
        return taken && refresh(id, taken);
      }
      if (now.accessSeconds > 0) return now;
      if (Date.now() > until) throw new TokenError('unavailable', 'The access token cannot be refreshed at the moment');
      await sleep(PAUSE);
    }
    return undefined;
  }

  async function refresh(id: string, session: StoredSession): Promise<StoredSession | undefined> {
    try {
      const { tokens, expiresIn } = await signIn.refresh(session.tokens);
      await keepTokens(pool, id, tokens, expiresIn);
      return { ...session, tokens, accessSeconds: expiresIn };
    } catch (error) {
      if (!(error instanceof IssuerError)) throw error;
      // RFC 6749 §5.2: the refresh token is no longer valid.
      if (error.status === 400) {
        await deleteSession(pool, id);
        return undefined;
      }
      onError(error);
      await putOffRefresh(pool, id);
      if (session.accessSeconds > 0) return session;
      throw new TokenError('unavailable', 'The access token cannot be refreshed at the moment', { cause: error });
    }
  }

  return {
    open: (session) => insertSession(pool, { ...session, lifetimeSeconds }),
    use,
    renew,
    end: (id) => deleteSession(pool, id),
  };
}
