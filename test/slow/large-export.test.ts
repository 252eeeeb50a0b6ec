import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { submitExport } from '../../src/service/submit/submit-export.ts';
import { killWorkers, startWorker } from '../support/crashes/worker-process.ts';
import { anyone, type Bench, openBench, somebody } from '../support/engine.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => {
  killWorkers(bench);
  await bench.close();
});

test('an export of 300 MB is written in the little memory that a worker has', async () => {
  const organizationId = await bench.organization('large');
  await bench.pool.query(
    `insert into identities (id, organization_id, object_id, document)
     select ('00000000-0000-8000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'o' || n, jsonb_build_object('x', repeat('y', 1000000))
     from generate_series(1, 300) n`,
    [organizationId],
  );
  const order = { organizationId, origin: 'task-v2', createdBy: somebody, asker: anyone };
  const { answered: task } = await submitExport(
    bench,
    order,
    { resource: 'identities', format: 'json' },
    (made) => made,
  );
  const worker = startWorker(bench);
  const done = await bench.finished(task, 100_000);
  expect(done.result?.size).toBeGreaterThan(300_000_000);
  expect(worker.process.exitCode).toBeNull();
  expect(await peakMegabytes(worker.process.pid as number)).toBeLessThan(260);
});

/** The most memory that a process ever had; 0 where the system does not tell. */
async function peakMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_000;
}
