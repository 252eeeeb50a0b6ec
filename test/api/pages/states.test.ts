import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { statuses, type TaskStatus } from '../../../src/task/lifecycle.ts';
import { type Answer, openServer, type TestServer, THREE_ROWS } from '../server.ts';
import { putTask } from '../task-v2/task-v2.ts';
import { published, wrong } from './types.ts';

/** Every state that a task of any kind can be in is, in every dialect, of the type that its page publishes. */
let server: TestServer;
let organizationId: string;
let token: string;

const act = { type: 'block', criteria: { all: [] }, durationSeconds: 0, reason: 'lost', maxLimit: 0, previewCount: 3 };
const kinds = {
  'an import': { operation: 'import', action: 'import-inventory-items', config: { override: true } },
  'a dry run': { operation: 'import', action: 'import-mdm-users', config: { override: false, dryRun: true } },
  'a patch': { operation: 'patch', origin: 'activityid', action: 'patch-identities', config: {} },
  'an action': { operation: 'act', origin: 'actions', action: 'block-devices', config: act },
  'an export': { operation: 'export', origin: 'task-v2', action: 'export-devices', config: { format: 'csv' } },
  'an external task': { operation: 'external', origin: 'task-v2', action: 'Robot', config: {} },
} as const;

/** Whether a worker can have begun it, by state. */
const begun: Readonly<Record<TaskStatus, readonly boolean[]>> = {
  pending: [false],
  scheduled: [false],
  awaiting_approval: [false, true],
  paused: [false, true],
  running: [true],
  completed: [true],
  failed: [false, true],
  cancelled: [false, true],
};

const somebody = [
  { fullName: 'Ada' },
  {
    email: 'ada@example.com',
    firstName: 'Ada',
    lastName: 'L.',
    fullName: 'Ada L.',
    picture: 'https://example.com/a.png',
  },
  // What some issuers call an address.
  { email: 'ada at example' },
];

const cells = Object.entries(kinds).flatMap(([name, kind]) =>
  statuses.flatMap((status) => begun[status].map((started) => ({ name, kind, status, started }))),
);

beforeAll(async () => {
  server = await openServer();
  organizationId = await server.organization('states');
  token = await server.token(organizationId);
});
afterAll(() => server.close());

function ask(path: string): Promise<Answer> {
  return server.ask(path, { token });
}

async function put({ kind, status, started }: (typeof cells)[number], who: object): Promise<string> {
  const over = ['completed', 'failed', 'cancelled'].includes(status);
  return putTask({ server, organizationId }, status, {
    ...kind,
    created_by: { id: newId(), ...who },
    started_at: started ? new Date() : null,
    finished_at: over ? new Date(Date.now() + 1_000) : null,
    scheduled_at: status === 'scheduled' ? new Date(Date.now() + 60_000) : null,
    error: status === 'failed' ? { code: 'unreadable', message: 'It cannot be read.' } : null,
    progress_total: started ? 10 : null,
  });
}

describe.each(cells)('$name that is $status, begun: $started', (cell) => {
  test('is what each page says', async () => {
    for (const who of somebody) {
      const id = await put(cell, who);
      const hex = toHex24(id);
      const single = [
        ['task', await ask(`/v1/organizations/states/bulk-tasks/${hex}`)],
        ['bulk', await ask(`/activityid/v1/user/bulk/${id}`)],
        ['entry', await ask(`/v2/task/view/${id}`)],
        ...(cell.name === 'an action' ? [['job', await ask(`/api/actions/bulk/jobs/${id}`)] as const] : []),
      ] as const;
      for (const [type, { status, json }] of single) expect([type, status, wrong(type, json)]).toEqual([type, 200, []]);
    }
  });
});

test('lists of tasks in every state are what each page says', async () => {
  for (const query of ['', '?limit=7', '?limit=7&page=2', '?limit=7&page=99', '?lines=false', '?status=failed']) {
    expect([query, wrong('tasks', (await ask(`/v1/organizations/states/bulk-tasks${query}`)).json)]).toEqual([
      query,
      [],
    ]);
  }
  expect(wrong('bulks', (await ask('/activityid/v1/user/bulk')).json)).toEqual([]);
  expect(wrong('jobs', (await ask('/api/actions/bulk/jobs?limit=5')).json)).toEqual([]);
  const headers = { 'content-type': 'application/json' };
  const index = await server.ask('/v2/task/index', { method: 'POST', token, headers, body: '{}' });
  expect([wrong('entries', index.json), (index.json as never as unknown[]).length]).toEqual([[], 100]);
});

test('a task with lines that were not applied, in the middle and at its end, is what the page says', async () => {
  const csv = `${THREE_ROWS}Again,laptop,S1\n,,S4\n,laptop\n`;
  const task = await server.submit(organizationId, 'import-inventory-items', csv);
  const path = `/v1/organizations/states/bulk-tasks/${toHex24(task.id)}`;
  expect(wrong('task', (await ask(path)).json)).toEqual([]);
  await server.working(() => server.finished(task));
  const { json } = await ask(path);
  expect([wrong('task', json), json.data?.report?.numErrors, json.data?.report?.numSkips]).toEqual([[], 2, 1]);
});

test('a member of a wrong type, one that is missing and one too many are refused', async () => {
  const id = await put(
    { name: '', kind: kinds['an action'], status: 'cancelled', started: false },
    { fullName: 'Ada' },
  );
  const { json } = await ask(`/api/actions/bulk/jobs/${id}`);
  expect(published.job(json)).toBe(true);
  for (const name of Object.keys(json)) {
    const { [name]: value, ...rest } = json as never as Record<string, unknown>;
    expect([name, published.job(rest)]).toEqual([name, false]);
    expect([name, published.job({ ...rest, [name]: typeof value === 'string' ? 1 : 'x' })]).toEqual([name, false]);
  }
  expect(published.job({ ...json, more: 1 })).toBe(false);
});
