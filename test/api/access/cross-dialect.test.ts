import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseId, toHex24 } from '../../../src/task/ids.ts';
import { endCommands, freePort, items, openbulk, temporaryFolder } from '../../cli/command.ts';
import { runHere } from '../../cli/in-process.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type Answer, type Ask, askServer, form } from '../server.ts';

/** The running program, API and worker, asked in all dialects: one task, four spellings (docs/api/common.md "Statuses"). */
let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let url: string;
let token: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = { DATABASE_URL: database.url, OPENBULK_DATA: folder.path, PORT: String(port), OPENBULK_WORKERS: '1' };
  const server = openbulk(['serve'], { cwd: folder.path, env });
  await server.says('"ready"');
  const { stdout } = await runHere(['token'], env);
  token = stdout.trim();
});
afterAll(async () => {
  await endCommands();
  await folder.remove();
  await database.drop();
});

const ORGANIZATIONS = '/v1/organizations/demo/bulk-tasks';
const ACTIVITYID = '/activityid/v1/user/bulk';
const ACTIONS = '/api/actions/bulk';
const TASK = '/v2/task';

function ask(path: string, options: Ask = {}): Promise<Answer> {
  return askServer(url + path, { token, ...options });
}

function send(path: string, body: object, options: Ask = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...options.headers };
  return ask(path, { method: 'POST', ...options, headers, body: JSON.stringify(body) });
}

async function submit(content: string, action = 'import-inventory-items', headers = {}): Promise<Answer> {
  return ask(ORGANIZATIONS, { method: 'POST', headers, body: form({ action, override: 'true' }, content) });
}

function patch(lines: object[], headers = {}): Promise<Answer> {
  const body = lines.map((line) => JSON.stringify(line)).join('\n');
  return ask(ACTIVITYID, { method: 'PATCH', headers: { 'content-type': 'application/jsonl', ...headers }, body });
}

const everything = { criteria_json: '{"all":[]}', action_reason: 'a test' };

/** How every dialect tells of a task; `undefined` where it does not. */
interface Spelled {
  readonly organizations: string | undefined;
  readonly activityid: string | undefined;
  readonly actions: string | undefined;
  readonly task: string | undefined;
  readonly action: string | undefined;
  readonly handler: string | undefined;
}

async function spelled(id: string): Promise<Spelled> {
  const [organizations, activityid, actions, task] = await Promise.all([
    ask(`${ORGANIZATIONS}/${id}`),
    ask(`${ACTIVITYID}/${id}`),
    ask(`${ACTIONS}/jobs/${id}`),
    ask(`${TASK}/view/${id}`),
  ]);
  const text = (value: unknown) => (value === undefined ? undefined : String(value));
  return {
    organizations: text(organizations.json.data?.status),
    activityid: text(activityid.json.content?.status),
    actions: actions.status === 200 ? text(actions.json.status) : undefined,
    task: task.status === 200 ? text(task.json.status) : undefined,
    action: text(organizations.json.data?.action),
    handler: text(task.json.handler),
  };
}

/** Waits until a task is over, and gives how it is then spelled; the same by either spelling of its id. */
async function over(anyId: string): Promise<Spelled> {
  const id = parseId(anyId) as string;
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    if (['pending', 'in_progress'].includes((await spelled(id)).task ?? '')) continue;
    // Asked again: what another dialect said may have been said a moment before the end.
    const now = await spelled(id);
    expect(await spelled(toHex24(id))).toEqual(now);
    return now;
  }
  throw new Error(`${id} is not over`);
}

/** Whether each dialect's list has the task. */
async function listed(anyId: string): Promise<Record<string, boolean>> {
  const id = parseId(anyId) as string;
  const has = (answer: Answer, spelling: string) => answer.text.includes(`"${spelling}"`);
  return {
    organizations: has(await ask(`${ORGANIZATIONS}?limit=1000`), toHex24(id)),
    activityid: has(await ask(ACTIVITYID), id),
    actions: has(await ask(`${ACTIONS}/jobs`), id),
    task: has(await send(`${TASK}/index`, {}), id),
    history: has(await send(`${TASK}/index`, { history: true }), id),
  };
}

const EVERYWHERE_BUT_ACTIONS = { organizations: true, activityid: true, actions: false, task: true, history: true };

describe('a task that one dialect makes is the same task in the others', () => {
  test('an import', async () => {
    const made = await submit(`${items(3)}Bad line\n`);
    const id = String(made.json.data?.id);
    expect(await over(id)).toEqual({
      organizations: 'completed',
      activityid: 'completed',
      actions: undefined,
      task: 'completed',
      action: 'import-inventory-items',
      handler: 'ImportHandler',
    });
    expect(await listed(id)).toEqual(EVERYWHERE_BUT_ACTIONS);
    const { json } = await ask(`${ACTIVITYID}/${id}/results`);
    expect(json.content?.results).toMatchObject([
      { line: 2, outcome: 'inserted' },
      { line: 3, outcome: 'inserted' },
      { line: 4, outcome: 'inserted' },
      { line: 5, outcome: 'errored', error: expect.stringContaining('cells') },
    ]);
  });

  test('a patch', async () => {
    const made = await patch([{ object_id: 'a', name: 'Ada' }, { pulse_id: 'b' }, { name: 'nobody' }]);
    const id = String(made.json.content?.bulkId);
    expect(await over(id)).toMatchObject({
      activityid: 'completed',
      action: 'patch-identities',
      handler: 'PatchHandler',
    });
    expect(await listed(id)).toEqual(EVERYWHERE_BUT_ACTIONS);
    const { json } = await ask(`${ORGANIZATIONS}/${id}`);
    expect(json.data?.report).toMatchObject({ numItems: 3, numInserts: 2, numErrors: 1, erroredLines: [{ line: 3 }] });
  });

  test('an action', async () => {
    await over(String((await submit('mac\n00:00:00:00:00:01\n00:00:00:00:00:02\n', 'import-devices')).json.data?.id));
    const made = await send(`${ACTIONS}/jobs`, { ...everything, action_type: 'BLOCK' });
    const id = String(made.json.job_id);
    expect(await over(id)).toEqual({
      organizations: 'completed',
      activityid: 'completed',
      actions: 'completed',
      task: 'completed',
      action: 'block-devices',
      handler: 'ActionHandler',
    });
    expect(await listed(id)).toEqual({ ...EVERYWHERE_BUT_ACTIONS, actions: true });
    const { json } = await ask(`${ORGANIZATIONS}/${id}`);
    expect(json.data?.report).toMatchObject({ numItems: 2, numUpdates: 2 });
  });

  test('an export, whose file an import made in task-v2 takes', async () => {
    await over(String((await submit(items(4, 'E'))).json.data?.id));
    const request = { resource: 'inventory-items', format: 'csv' };
    const made = await send(`${TASK}/create`, { handler: 'ExportHandler', request });
    const id = String(made.json.task_id);
    expect(await over(id)).toMatchObject({
      task: 'completed',
      action: 'export-inventory-items',
      handler: 'ExportHandler',
    });
    expect(await listed(id)).toEqual(EVERYWHERE_BUT_ACTIONS);
    const again = await send(`${TASK}/create`, {
      handler: 'ImportHandler',
      request: JSON.stringify({ action: 'import-inventory-items', file: toHex24(id), override: true }),
    });
    const importId = String(again.json.task_id);
    expect(await over(importId)).toMatchObject({ organizations: 'completed', action: 'import-inventory-items' });
    const { json } = await ask(`${ORGANIZATIONS}/${importId}`);
    // What was exported is there already, to the last value.
    expect(json.data?.report?.numErrors).toBe(0);
    expect(json.data?.report?.numSkips).toEqual(json.data?.report?.numItems);
  });

  test("somebody else's work, moved by their worker", async () => {
    const made = await send(`${TASK}/create`, { handler: 'LabelPrinter', request: { pages: 2 } });
    const id = String(made.json.task_id);
    expect(await spelled(id)).toEqual({
      organizations: 'pending',
      activityid: 'received',
      actions: undefined,
      task: 'pending',
      action: 'LabelPrinter',
      handler: 'LabelPrinter',
    });
    await send(`${TASK}/update/${id}`, { status: 'in_progress' }, { method: 'PUT' });
    expect(await spelled(id)).toMatchObject({
      organizations: 'inProgress',
      activityid: 'processing',
      task: 'in_progress',
    });
    await send(`${TASK}/update/${id}`, { status: 'completed', response: { printed: 2 } }, { method: 'PUT' });
    expect(await spelled(id)).toMatchObject({ organizations: 'completed', activityid: 'completed', task: 'completed' });
    expect(await listed(id)).toEqual(EVERYWHERE_BUT_ACTIONS);
  });
});

describe('what one dialect does to a task is done in the others', () => {
  const later = { ...everything, action_type: 'monitor', scheduled_at: '2030-01-01T00:00:00+02:00' };

  test('a scheduled job is waiting everywhere, and cancelled everywhere by whoever cancels it', async () => {
    const made = await send(`${ACTIONS}/jobs`, later);
    const id = String(made.json.job_id);
    expect(await spelled(id)).toMatchObject({
      organizations: 'pending',
      activityid: 'scheduled',
      actions: 'scheduled',
      task: 'pending',
    });
    const cancelled = await ask(`${ORGANIZATIONS}/${toHex24(parseId(id) as string)}/cancel`, { method: 'POST' });
    expect(cancelled.status).toBe(200);
    expect(await over(id)).toMatchObject({
      organizations: 'failed',
      activityid: 'failed',
      actions: 'cancelled',
      task: 'cancelled',
    });
    const { json } = await ask(`${ORGANIZATIONS}/${id}`);
    expect(json.data?.error).toMatch(/^Cancelled by /);
    expect(json.data).toMatchObject({ operation: 'act', resource: 'devices', origin: 'actions' });
  });

  test('a task that task-v2 cancels is cancelled in organizations', async () => {
    const id = String((await send(`${ACTIONS}/jobs`, later)).json.job_id);
    expect((await send(`${TASK}/update/${id}`, { status: 'cancelled' }, { method: 'PUT' })).status).toBe(200);
    expect(await over(id)).toMatchObject({ organizations: 'failed', actions: 'cancelled' });
  });

  test('a job that actions deletes softly is archived, and hidden unless history is requested', async () => {
    const id = String((await send(`${ACTIONS}/jobs`, { ...everything, action_type: 'allow' })).json.job_id);
    await over(id);
    expect((await ask(`${ACTIONS}/jobs/${id}`, { method: 'DELETE' })).status).toBe(200);
    const nowhere = { organizations: false, activityid: false, actions: false, task: false };
    expect(await listed(id)).toEqual({ ...nowhere, history: true });
    expect(await spelled(id)).toMatchObject({ organizations: undefined, activityid: undefined, actions: undefined });
  });

  test('a task that task-v2 deletes is gone', async () => {
    const id = String((await patch([{ object_id: 'gone' }])).json.content?.bulkId);
    await over(id);
    expect((await ask(`${TASK}/delete/${id}?force=true`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`${ACTIVITYID}/${id}`)).status).toBe(404);
    expect((await listed(id)).history).toBe(false);
  });
});

describe('ten concurrent submissions with one Idempotency-Key are one task', () => {
  const key = { 'idempotency-key': 'cross-dialect-1' };

  test.each<[string, () => Promise<Answer>, (answer: Answer) => unknown, number]>([
    ['organizations', () => submit(items(2, 'I'), 'import-inventory-items', key), ({ json }) => json.data?.id, 202],
    ['activityid', () => patch([{ object_id: 'idempotent' }], key), ({ json }) => json.content?.bulkId, 202],
    [
      'actions',
      () => send(`${ACTIONS}/jobs`, { ...everything, action_type: 'allow' }, { headers: key }),
      ({ json }) => json.job_id,
      201,
    ],
    [
      'task-v2',
      () => send(`${TASK}/create`, { handler: 'Anything', request: { a: 1 } }, { headers: key }),
      ({ json }) => json.task_id,
      201,
    ],
  ])('in %s', async (_dialect, make, idOf, status) => {
    const answers = await Promise.all(Array.from({ length: 10 }, make));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });
});
