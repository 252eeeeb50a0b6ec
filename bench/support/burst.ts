import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../../src/store/connection/pool.ts';
import { fromHex24 } from '../../src/task/ids.ts';
import type { Program } from './program.ts';
import { percentile } from './report.ts';

/** How long the tasks of a burst waited, from being accepted to being over, ms; and how many were done a second. */
export interface Burst {
  readonly p50: number;
  readonly p95: number;
  readonly rate: number;
}

/** Submits a file of the organization `demo` repeatedly with eight clients at the same time, and waits until all tasks have ended. */
export async function burst(
  { program, pool }: { readonly program: Program; readonly pool: Pool },
  { file, action, times }: { readonly file: string; readonly action: string; readonly times: number },
): Promise<Burst> {
  const ids: string[] = [];
  let left = times;
  const start = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      const form = new FormData();
      form.set('action', action);
      form.set('override', 'true');
      form.set('file', await openAsBlob(file, { type: 'text/csv' }), basename(file));
      const made = await program.ask('/v1/organizations/demo/bulk-tasks', { method: 'POST', body: form });
      if (made.status !== 202) throw new Error(`${made.status}: ${await made.text()}`);
      ids.push(((await made.json()) as { data: { id: string } }).data.id);
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  const waits = await waitsOf(pool, ids);
  return {
    p50: percentile(waits, 0.5),
    p95: percentile(waits, 0.95),
    rate: times / ((performance.now() - start) / 1_000),
  };
}

async function waitsOf(pool: Pool, ids: readonly string[]): Promise<number[]> {
  for (;;) {
    const { rows } = await pool.query<{ status: string; wait: number | null }>(
      `select status, extract(epoch from finished_at - created_at)::double precision * 1000 as wait from tasks where id = any($1)`,
      [ids.map(fromHex24)],
    );
    if (rows.every(({ wait }) => wait !== null)) {
      if (rows.some(({ status }) => status !== 'completed')) throw new Error('A task of the burst is not completed.');
      return rows.map(({ wait }) => wait as number);
    }
    await sleep(50);
  }
}
