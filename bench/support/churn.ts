import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Pool } from '../../src/store/connection/pool.ts';

/** Tasks of an organization, as they come and go. Each makes its tasks behind those that are there. */
export interface Churn {
  /** Creates `count` ended tasks, nine of ten completed; each has a file, as imports have. @returns the id of one in the middle */
  put(count: number): Promise<string>;
  /** Makes `count` tasks and lets each wait, be claimed, run and complete, `SECOND` at once. */
  pass(count: number): Promise<void>;
}

/** Tasks that are made in a second while there is churn. */
export const SECOND = 200;
/** Tasks made by one statement. */
const AT_ONCE = 1_000;

/** `$1` is the organization, `$2` and `$3` are the first and the last number. */
const MADE = `with ids as (select i, lpad(to_hex(i), 12, '0') as n from generate_series($2::integer, $3::integer) i),
  made as (select i, (substr(n, 1, 8) || '-' || substr(n, 9, 4) || '-8000-8' || substr($1, 1, 3) || '-' || substr($1, 25, 6) || '000000')::uuid as id from ids),
  stored as (insert into files (id, organization_id, key, original_name, mimetype, size, sha256)
    select id, $1::uuid, $1 || '/' || id, 'items.csv', 'text/csv', 1000, repeat('0', 64) from made returning id)
  insert into tasks (id, organization_id, operation, action, origin, config, created_by, file_id, progress_total,
    status, items, inserts, progress, started_at, finished_at)
  select m.id, $1::uuid, 'import', 'import-inventory-items', 'organizations', '{"override":true}',
    '{"id":"00000000-0000-8000-8000-000000000000","fullName":"Bench"}', s.id, 1000`;

const CHANGES = [
  `served_at = clock_timestamp(), lease_token = 1, lease_holder = 'bench', lease_until = clock_timestamp() + interval '30 s'`,
  `status = 'running', started_at = clock_timestamp(), updated_at = clock_timestamp(), version = version + 1`,
  `status = 'completed', items = 10, inserts = 10, progress = 1000, lease_until = null, finished_at = clock_timestamp(),
   updated_at = clock_timestamp(), version = version + 1`,
];

export function openChurn(pool: Pool, organizationId: string): Churn {
  let made = 0;
  const next = (count: number) => {
    const first = made + 1;
    made += count;
    return [organizationId, first, made];
  };
  return {
    async put(count) {
      for (let left = count; left > 0; left -= AT_ONCE) {
        await pool.query(
          `${MADE}, case when m.i % 10 = 0 then 'failed' else 'completed' end, 10, 10, 1000, now(), now()
           from made m join stored s on s.id = m.id`,
          next(Math.min(AT_ONCE, left)),
        );
      }
      const { rows } = await pool.query<{ id: string }>(
        'select id from tasks where organization_id = $1 order by id offset $2 limit 1',
        [organizationId, Math.floor(count / 2)],
      );
      return rows[0]?.id as string;
    },
    async pass(count) {
      for (let left = count; left > 0; left -= SECOND) {
        await pool.query(
          `${MADE}, 'pending', 0, 0, 0, null, null from made m join stored s on s.id = m.id`,
          next(Math.min(SECOND, left)),
        );
        for (const change of CHANGES) {
          await pool.query(
            `update tasks set ${change} where id in (select id from tasks where organization_id = $1 and historized_at is null
               order by id desc limit $2)`,
            [organizationId, Math.min(SECOND, left)],
          );
        }
      }
    },
  };
}

/** Lets tasks pass at `SECOND` a second while `work` is done. */
export async function whilePassing<T>(churn: Churn, work: () => Promise<T>): Promise<T> {
  let going = true;
  const passing = (async () => {
    for (let due = Date.now(); going; due += 100) {
      await churn.pass(SECOND / 10);
      await sleep(Math.max(0, due + 100 - Date.now()));
    }
  })();
  try {
    return await work();
  } finally {
    going = false;
    await passing;
  }
}

/** Two transactions that stay open: one that has read, so that vacuum removes nothing that came after, and one that has a task to count. */
export async function holdOpen(url: string, organizationId: string): Promise<{ close(): Promise<void> }> {
  const [reader, writer] = [new pg.Client(url), new pg.Client(url)];
  await reader.connect();
  await writer.connect();
  await reader.query('begin isolation level repeatable read; select count(*) from organizations');
  await writer.query('begin');
  await writer.query(
    `insert into tasks (id, organization_id, operation, action, origin, config, created_by)
     values ('ffffffff-0000-8000-8000-000000000000', $1, 'external', 'held', 'task-v2', '{}', '{"id":"00000000-0000-8000-8000-000000000000"}')`,
    [organizationId],
  );
  return {
    async close() {
      await writer.query('rollback');
      await Promise.all([reader.end(), writer.end()]);
    },
  };
}
