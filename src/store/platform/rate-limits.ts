import type { Queryable } from '../connection/pool.ts';

export interface Grant {
  /** Requests that the taker may let through. */
  readonly granted: number;
  /** What the bucket has left, parts of a request included. */
  readonly left: number;
}

/**
 * Takes permits from a client's bucket: at most `wanted`, and what it has. The bucket holds a `budget` for so many `seconds`, a minute
 * when not given, and refills at that rate all the time, by the database's clock, which all processes share. A client that was
 * never seen has a full one.
 */
export async function takePermits(
  db: Queryable,
  { client, budget, wanted, seconds = 60 }: { client: string; budget: number; wanted: number; seconds?: number },
): Promise<Grant> {
  const { rows } = await db.query<Grant>(
    `insert into rate_limits as had (client, permits, granted, refilled_at)
     values ($1, $2::float8 - $3::integer, $3, now())
     on conflict (client) do update set (permits, granted, refilled_at) = (
       select available - least($3, floor(available)), least($3, floor(available)), greatest(had.refilled_at, now())
       -- A transaction that waited for the row is older than what it finds there.
       from (select greatest(0, extract(epoch from now() - had.refilled_at)) as seconds) as passed,
         lateral (select least($2, had.permits + seconds * $2 / $4::float8) as available) as bucket
     )
     returning granted, permits as left`,
    [client, budget, wanted, seconds],
  );
  return rows[0] as Grant;
}

/** Forgets the buckets that have been full again for long: one that is not there is full. */
export async function forgetFullBuckets(db: Queryable): Promise<void> {
  await db.query(`delete from rate_limits where refilled_at < now() - interval '10 minutes'`);
}
