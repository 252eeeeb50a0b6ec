import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../../errors/failure.ts';
import { addressOf, isFromNetwork } from '../headers/request/client-address.ts';

/** What strangers may ask, by the address that they ask from. */
export interface AddressLimit {
  /** Counts a request. @returns seconds until there may be another one; 0 when this one may be */
  count(request: FastifyRequest): number;
  /** Takes back what was counted of a request that was no stranger's. */
  forgive(request: FastifyRequest): void;
}

/** Addresses remembered; the one that was quiet for longest makes room. */
const MAX_ADDRESSES = 20_000;

/**
 * A bucket for each address, which refills all the time. In this process alone, and nowhere stored: what strangers ask must not cost a
 * query, nor a row. With several servers each has its own.
 *
 * @param budget requests a minute; 0: no limit
 */
export function createAddressLimit(budget: number): AddressLimit {
  const buckets = new Map<string, { permits: number; at: number }>();

  function find(address: string): { permits: number; at: number } {
    const now = performance.now();
    const had = buckets.get(address) ?? { permits: budget, at: now };
    const bucket = { permits: Math.min(budget, had.permits + ((now - had.at) * budget) / 60_000), at: now };
    // To the end of the line.
    buckets.delete(address);
    buckets.set(address, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
    return bucket;
  }

  return {
    count(request) {
      if (budget === 0 || !isFromNetwork(request)) return 0;
      const bucket = find(addressOf(request));
      if (bucket.permits < 1) return Math.ceil(((1 - bucket.permits) * 60) / budget);
      bucket.permits -= 1;
      return 0;
    },
    forgive(request) {
      if (budget > 0 && isFromNetwork(request)) find(addressOf(request)).permits += 1;
    },
  };
}

/** Fastify `onRequest` of routes that answer strangers. @throws Refusal `too_many_requests` */
export function countStrangers(limit: AddressLimit) {
  return async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    const wait = limit.count(request);
    if (wait === 0) return;
    const headers = { 'retry-after': String(wait) };
    throw new Refusal('too_many_requests', `Too many requests from this address. Try again in ${wait} s.`, {
      headers,
    });
  };
}
