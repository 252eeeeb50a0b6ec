import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../../store/connection/pool.ts';
import { forgetFullBuckets, type Grant, takePermits } from '../../store/platform/rate-limits.ts';

/** How a client stands after a request. */
export interface RateLimitState {
  readonly allowed: boolean;
  /** Requests that are left, as far as this process knows. */
  readonly remaining: number;
  /** Until all of the budget is there again, if nothing more is asked. */
  readonly fullInSeconds: number;
  /** Until a refused client may ask again; 0 when it was not refused. */
  readonly retryInSeconds: number;
}

export interface RateLimiter {
  /** Requests a minute for one client. */
  readonly budget: number;
  /** Counts a request. It never throws: without the database everyone is let through, and the handler's own failure says it. */
  count(client: string): Promise<RateLimitState>;
}

/** Part of a budget that a process takes at once: at 6,000 a minute one query for 300 requests. */
const BATCHES = 20;
/** Who was refused is refused this long without asking the database again, ms; it is what `Retry-After` says at least. */
const PAUSE = 1_000;
/** A request waits no longer than this for a database that does not answer, ms. */
const PATIENCE = 1_000;
/** When it did not answer, it is not asked again for so long, ms: the next requests had waited as long as the first. */
const AWAY = 5_000;
/** A client that asked nothing for this long is forgotten, with what it had left of its batch, ms. */
const IDLE = 60_000;
/** Clients remembered; the one that was quiet for longest makes room. 1 KB each at most. */
const MAX_CLIENTS = 10_000;

interface Client {
  /** Taken from the bucket and not spent yet. */
  permits: number;
  /** In the bucket, after the last batch was taken. */
  left: number;
  /** By this process's clock, ms. */
  leftAt: number;
  refusedUntil: number;
  lastSeen: number;
  refill: Promise<void> | undefined;
}

/**
 * A rate limit that all processes on one database share: a token bucket. Unlike a window it has no moment at which everyone comes back at
 * once, it gives a client that ran dry a steady rate instead of a long silence, and its state is two numbers, so that taking
 * from it is one statement. A bucket and GCRA are the same limit; the bucket can be taken from in batches, which a request needs
 * in order not to cost a query. So a limit is true to within one batch for each process.
 */
export function createRateLimiter({ pool, budget }: { pool: Pool; budget: number }): RateLimiter {
  const clients = new Map<string, Client>();
  let forgotAt = performance.now();
  let awayUntil = 0;

  async function refill(name: string, client: Client): Promise<void> {
    const wanted = Math.max(1, Math.floor(budget / BATCHES));
    const taking = takePermits(pool, { client: name, budget, wanted }).catch(() => undefined);
    const taken = await Promise.race([taking, sleep(PATIENCE, undefined, { ref: false })]);
    if (!taken) awayUntil = performance.now() + AWAY;
    const grant: Grant = taken ?? { granted: wanted, left: client.left };
    client.permits += grant.granted;
    client.left = grant.left;
    client.leftAt = performance.now();
    if (grant.granted === 0) {
      client.refusedUntil = client.leftAt + Math.max(PAUSE, ((1 - grant.left) * 60_000) / budget);
    }
  }

  function find(name: string, now: number): Client {
    const client = clients.get(name) ?? {
      permits: 0,
      left: budget,
      leftAt: now,
      refusedUntil: 0,
      lastSeen: now,
      refill: undefined,
    };
    client.lastSeen = now;
    // To the end of the line.
    clients.delete(name);
    clients.set(name, client);
    return client;
  }

  function forgetIdle(now: number): void {
    for (const [name, { lastSeen, refill: running }] of clients) {
      if (clients.size <= MAX_CLIENTS && now - lastSeen < IDLE) break;
      if (!running) clients.delete(name);
    }
    if (now - forgotAt < IDLE) return;
    forgotAt = now;
    forgetFullBuckets(pool).catch(() => {});
  }

  return {
    budget,
    async count(name) {
      const client = find(name, performance.now());
      forgetIdle(client.lastSeen);
      while (client.permits === 0 && client.refusedUntil <= performance.now() && awayUntil <= performance.now()) {
        // Who comes while a refill is on its way waits for that one.
        client.refill ??= refill(name, client).finally(() => {
          client.refill = undefined;
        });
        await client.refill;
      }
      const allowed = client.permits > 0 || awayUntil > performance.now();
      client.permits = Math.max(0, client.permits - 1);
      return stateOf(client, budget, allowed);
    },
  };
}

function stateOf(client: Client, budget: number, allowed: boolean): RateLimitState {
  const now = performance.now();
  const left = Math.min(budget, client.left + ((now - client.leftAt) * budget) / 60_000);
  const remaining = Math.min(budget, Math.floor(client.permits + left));
  return {
    allowed,
    remaining: allowed ? remaining : 0,
    fullInSeconds: Math.ceil(((budget - remaining) * 60) / budget),
    retryInSeconds: allowed ? 0 : Math.max(1, Math.ceil((client.refusedUntil - now) / 1_000)),
  };
}
