import { openAsBlob } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { generate } from '../../examples/generate.ts';
import { type Command, endCommands, freePort, items, openbulk, temporaryFolder } from '../cli/command.ts';
import { createTestDatabase } from '../support/database.ts';

afterAll(endCommands);

const ROWS = 1_000_000;
const MAX_MEMORY_MIB = 300;

interface WireTask {
  readonly id: string;
  readonly status: string;
  readonly report: Readonly<Record<'numItems' | 'numInserts' | 'numUpdates' | 'numSkips' | 'numErrors', number>>;
}

/** What a client of the running program does. */
function clientOf(url: string, organization: string, token: string) {
  const tasks = `${url}/v1/organizations/${organization}/bulk-tasks`;
  const headers = { authorization: `Bearer ${token}` };
  const get = async (id: string) =>
    ((await (await fetch(`${tasks}/${id}`, { headers })).json()) as { data: WireTask }).data;
  return {
    async submit(file: Blob): Promise<string> {
      const body = new FormData();
      body.set('action', 'import-inventory-items');
      body.set('file', file, 'items.csv');
      const response = await fetch(tasks, { method: 'POST', headers, body });
      expect(response.status).toBe(202);
      return ((await response.json()) as { data: WireTask }).data.id;
    },
    get,
    async finished(id: string): Promise<WireTask> {
      for (;;) {
        const task = await get(id);
        if (!['pending', 'inProgress'].includes(task.status)) return task;
        await sleep(100);
      }
    },
  };
}

async function peakMiB({ child }: Command): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

test('a million rows over one server and two workers: exact sums, bounded memory, and ten rows of another organization come first', async () => {
  const database = await createTestDatabase({ migrated: false });
  const folder = await temporaryFolder();
  try {
    const port = await freePort();
    const env = { DATABASE_URL: database.url, OPENBULK_DATA: folder.path, PORT: String(port), OPENBULK_WORKERS: '0' };
    const serve = openbulk(['serve'], { env });
    await serve.says(/127\.0\.0\.1:\d+/);
    const workers = [openbulk(['work'], { env }), openbulk(['work'], { env })];
    expect((await openbulk(['org', 'create', 'other'], { env }).ended).code).toBe(0);
    const token = async (org: string) => (await openbulk(['token', '--org', org], { env }).ended).stdout.trim();
    const one = clientOf(`http://127.0.0.1:${port}`, 'demo', await token('demo'));
    const other = clientOf(`http://127.0.0.1:${port}`, 'other', await token('other'));

    const path = join(folder.path, 'million.csv');
    await writeFile(path, generate(ROWS));
    const big = await one.submit(await openAsBlob(path));
    await sleep(1_000);
    const small = await other.submit(new Blob([items(10)]));
    expect((await other.finished(small)).report.numInserts).toBe(10);
    expect((await one.get(big)).status).toBe('inProgress');

    const { status, report } = await one.finished(big);
    expect(status).toBe('completed');
    expect(report.numItems).toBe(ROWS);
    expect(report.numInserts + report.numUpdates + report.numSkips + report.numErrors).toBe(ROWS);
    const { rows: ledger } = await database.pool.query(
      `select sum(items) as items, sum(inserts) as inserts, sum(skips) as skips, sum(errors) as errors, count(*) as chunks
       from task_chunks where task_id = (select id from tasks where tasks.items = $1)`,
      [ROWS],
    );
    expect(ledger[0]).toMatchObject({
      items: ROWS,
      inserts: report.numInserts,
      skips: report.numSkips,
      errors: report.numErrors,
    });
    const { rows: stored } = await database.pool.query(
      `select count(*) as n from inventory_items i join organizations o on o.id = i.organization_id where slug = 'demo'`,
    );
    expect(stored[0].n).toBe(report.numInserts);
    for (const process of [serve, ...workers]) expect(await peakMiB(process)).toBeLessThan(MAX_MEMORY_MIB);
  } finally {
    await endCommands();
    await database.drop();
    await folder.remove();
  }
}, 400_000);
