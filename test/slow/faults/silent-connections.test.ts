import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { mintToken } from '../../../src/auth/issuer/mint-token.ts';
import { ALL_PERMISSIONS } from '../../../src/auth/permissions.ts';
import { findTask } from '../../../src/store/tasks/tasks.ts';
import { toHex24 } from '../../../src/task/ids.ts';
import { endCommands, freePort, openbulk } from '../../cli/command.ts';
import { cuttable } from '../../support/crashes/cuttable.ts';
import { generated } from '../../support/data/generated.ts';
import { openBench } from '../../support/engine.ts';
import { SECRET_KEY, secret } from '../../support/sign-in/secret.ts';

/** The server and its worker behind a firewall that forgets their connections: nothing comes back on them, and nothing says so. */
const bench = await openBench();
const way = await cuttable(bench.database.url);
afterAll(async () => {
  await endCommands();
  await way.cut();
  await bench.close();
});

/** What is promised: everything goes on within 30 s, and no request takes longer than 5 s. */
const RECOVERY = 30_000;
const ANSWER = 5_000;

test('when all connections fall silent, requests are answered, events come again and the import goes on', async () => {
  const organizationId = await bench.organization('silent');
  const port = await freePort();
  const server = openbulk(['serve'], {
    env: {
      DATABASE_URL: way.url,
      OPENBULK_DATA: bench.dataDir,
      PORT: String(port),
      OPENBULK_WORKERS: '1',
      OPENBULK_SECRET_KEY: SECRET_KEY,
      OPENBULK_CHUNK_ROWS: '20',
    },
  });
  await server.says('"ready"');
  const issuer = `http://127.0.0.1:${port}/oauth2`;
  const token = await mintToken(
    { pool: bench.pool, secret, issuer },
    { organizationId, permissions: ALL_PERMISSIONS, ttlSeconds: 600 },
  );
  const headers = { authorization: `Bearer ${token}` };
  const task = await bench.submit(organizationId, 'import-inventory-items', generated(20_000).csv);
  const place = `http://127.0.0.1:${port}/v1/organizations/silent/bulk-tasks/${toHex24(task.id)}`;
  const items = async () => (await findTask(bench.pool, organizationId, task.id))?.counters.items ?? 0;
  const ask = async () => {
    const begun = performance.now();
    const { status } = await fetch(place, { headers, signal: AbortSignal.timeout(3 * ANSWER) });
    return { status, took: performance.now() - begun };
  };
  await expect.poll(items, { timeout: 30_000 }).toBeGreaterThan(0);
  // So that there is more than one connection that can be dead.
  await Promise.all(Array.from({ length: 8 }, ask));
  const events = follow(`${place}/events`, headers);
  await expect.poll(() => events.last, { timeout: 10_000 }).toBeGreaterThan(0);

  way.silence();
  const silent = performance.now();
  await sleep(200);
  const [itemsBefore, eventBefore] = [await items(), events.last];
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  let recovered: number | undefined;
  while (performance.now() - silent < RECOVERY + 5_000 && recovered === undefined) {
    answers.push(...(await Promise.all([ask(), ask()])));
    if ((await items()) > itemsBefore && events.last > eventBefore && answers.at(-1)?.status === 200) {
      recovered = performance.now() - silent;
    }
    await sleep(250);
  }
  expect(recovered).toBeLessThan(RECOVERY);
  expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(ANSWER);
  events.close();

  // And it can be stopped while they all are silent.
  way.silence();
  const stopping = performance.now();
  server.child.kill('SIGTERM');
  const { code } = await server.ended;
  expect([code, performance.now() - stopping < 10_000]).toEqual([0, true]);
}, 120_000);

/** Follows a task's events, and comes back where the stream breaks, as browsers do. */
function follow(url: string, headers: Record<string, string>) {
  const closing = new AbortController();
  const followed = { last: 0, close: () => closing.abort() };
  void (async () => {
    while (!closing.signal.aborted) {
      try {
        const { body } = await fetch(url, { headers, signal: closing.signal });
        for await (const bytes of body ?? []) {
          for (const [, id] of Buffer.from(bytes)
            .toString()
            .matchAll(/^id: (\d+)$/gm))
            followed.last = Number(id);
        }
      } catch {
        // Looked at again below.
      }
      await sleep(200);
    }
  })();
  return followed;
}
