import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_PERMISSIONS, type Permission } from '../../../src/auth/permissions.ts';
import { toHex24 } from '../../../src/task/ids.ts';
import { type Answer, openServer, type TestServer, THREE_ROWS } from '../server.ts';

/** A task made in one dialect, asked for in another: what its own dialect asks for is asked for as well. */
let server: TestServer;
let acme: string;

beforeAll(async () => {
  server = await openServer();
  acme = await server.organization('acme');
});
afterAll(() => server.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const RECORDS = {
  'inventory-items': 'inventory.item.management.list',
  'mdm-users': 'mdm.global.mdmUser.list',
  devices: 'network.device.management.list',
  identities: 'identity.user.management.list',
} as const;

async function create(body: object, permissions: readonly Permission[] = ALL_PERMISSIONS): Promise<Answer> {
  const token = await server.token(acme, permissions);
  return server.ask('/v2/task/create', { method: 'POST', token, headers: JSON_TYPE, body: JSON.stringify(body) });
}

/** Each makes a task, and gives its id. */
const makers = {
  'an import': async () => (await server.submit(acme, 'import-inventory-items', THREE_ROWS)).id,
  'a patch': async (organizationId = acme) => {
    const answer = await server.ask('/activityid/v1/user/bulk', {
      method: 'PATCH',
      token: await server.token(organizationId),
      headers: { 'content-type': 'application/jsonl' },
      body: '{"object_id":"1","name":"Ada"}\n[]\n',
    });
    return String(answer.json.content?.bulkId);
  },
  'an action': async () => {
    const answer = await server.ask('/api/actions/bulk/jobs', {
      method: 'POST',
      token: await server.token(acme),
      headers: JSON_TYPE,
      body: JSON.stringify({ criteria_json: { all: [] }, action_type: 'allow' }),
    });
    return String(answer.json.job_id);
  },
  'an external task': async () => String((await create({ handler: 'LabelPrinter' })).json.task_id),
  'an export': async () => String((await create({ handler: 'ExportHandler' })).json.task_id),
  'an import of a stored file': async () => {
    const file = (await server.submit(acme, 'import-inventory-items', THREE_ROWS)).id;
    const request = { action: 'import-inventory-items', file };
    return String((await create({ handler: 'ImportHandler', request })).json.task_id);
  },
} satisfies Record<string, (organizationId?: string) => Promise<string>>;

type Kind = keyof typeof makers;

interface Use {
  readonly name: string;
  readonly own: Permission;
  readonly ask: (id: string, token: string) => Promise<Answer>;
  /** What it takes beside, by the kind of the task. */
  readonly further: Readonly<Record<Kind, Permission | undefined>>;
  /** Whether the task must be over. */
  readonly over?: true;
}

const tasks = (id: string, below = '') => `/v1/organizations/acme/bulk-tasks/${toHex24(id)}${below}`;
const nothing = Object.fromEntries(Object.keys(makers).map((kind) => [kind, undefined])) as Record<Kind, undefined>;

function byOrigin(organizations?: Permission, activityid?: Permission, actions?: Permission, task?: Permission) {
  return {
    'an import': organizations,
    'a patch': activityid,
    'an action': actions,
    'an external task': task,
    'an export': task,
    'an import of a stored file': task,
  };
}

const steered = byOrigin(undefined, 'activityid.user.bulk.patch', 'actions.bulk.job.cancel', 'task.update');
const read = { ...nothing, 'a patch': 'activityid.user.bulk.get' } as const;

const uses: readonly Use[] = [
  ...(['cancel', 'pause', 'resume'] as const).map(
    (verb): Use => ({
      name: `POST bulk-tasks/{id}/${verb}`,
      own: 'base.bulk.management.update',
      ask: (id, token) => server.ask(tasks(id, `/${verb}`), { method: 'POST', token }),
      further: steered,
    }),
  ),
  {
    name: 'DELETE bulk-tasks/{id}',
    own: 'base.bulk.management.delete',
    ask: (id, token) => server.ask(tasks(id), { method: 'DELETE', token }),
    further: byOrigin(undefined, 'activityid.user.bulk.patch', 'actions.bulk.job.delete', 'task.delete'),
    over: true,
  },
  ...(['report', 'lines', 'causes'] as const).map(
    (what): Use => ({
      name: `GET bulk-tasks/{id}/${what}`,
      own: 'base.bulk.management.get',
      ask: (id, token) => server.ask(tasks(id, `/${what}`), { token }),
      further: read,
    }),
  ),
  {
    name: 'POST bulk-tasks/{id}/fixes',
    own: 'base.bulk.management.create',
    ask: (id, token) =>
      server.ask(tasks(id, '/fixes'), {
        method: 'POST',
        token,
        headers: JSON_TYPE,
        body: JSON.stringify({ rows: [{ line: 2, cells: ['a', 'laptop', 'S1'] }] }),
      }),
    further: byOrigin(undefined, 'activityid.user.bulk.patch', 'actions.bulk.job.create', 'task.create'),
  },
  {
    name: 'POST bulk-tasks/{id}/run',
    own: 'base.bulk.management.create',
    ask: (id, token) => server.ask(tasks(id, '/run'), { method: 'POST', token }),
    further: byOrigin(undefined, 'activityid.user.bulk.patch', 'actions.bulk.job.create', 'task.create'),
  },
  {
    name: 'PUT /v2/task/update/{id}',
    own: 'task.update',
    ask: (id, token) =>
      server.ask(`/v2/task/update/${id}`, {
        method: 'PUT',
        token,
        headers: JSON_TYPE,
        body: JSON.stringify({ status: 'cancelled' }),
      }),
    further: byOrigin('base.bulk.management.update', 'activityid.user.bulk.patch', 'actions.bulk.job.cancel'),
  },
  {
    name: 'DELETE /v2/task/delete/{id}?force=true',
    own: 'task.delete',
    ask: (id, token) => server.ask(`/v2/task/delete/${id}?force=true`, { method: 'DELETE', token }),
    further: byOrigin('base.bulk.management.delete', 'activityid.user.bulk.patch', 'actions.bulk.job.delete'),
    over: true,
  },
  {
    name: 'GET /v2/task/download/{id}',
    own: 'task.download',
    ask: (id, token) => server.ask(`/v2/task/download/${id}`, { token }),
    further: { ...nothing, 'an export': RECORDS['inventory-items'] },
  },
  ...(['bulk-tasks/{id}', 'bulk-tasks/{id}/family'] as const).map(
    (name): Use => ({
      name: `GET ${name}`,
      own: 'base.bulk.management.get',
      ask: (id, token) => server.ask(tasks(id, name.slice('bulk-tasks/{id}'.length)), { token }),
      further: nothing,
    }),
  ),
  ...(['', '/results'] as const).map(
    (below): Use => ({
      name: `GET /activityid/v1/user/bulk/{id}${below}`,
      own: 'activityid.user.bulk.get',
      ask: (id, token) => server.ask(`/activityid/v1/user/bulk/${id}${below}`, { token }),
      further: nothing,
    }),
  ),
  {
    name: 'GET /v2/task/view/{id}',
    own: 'task.view',
    ask: (id, token) => server.ask(`/v2/task/view/${id}`, { token }),
    further: nothing,
  },
];

/** A task as it was before somebody asked, to see that nothing was done to it. */
async function row(id: string): Promise<unknown> {
  return (await server.pool.query('select status, version from tasks where id = $1', [id])).rows[0];
}

const cells = uses.flatMap((use) => (Object.keys(makers) as Kind[]).map((kind) => ({ use, kind })));

describe.each(cells.map((cell) => ({ ...cell, name: cell.use.name })))('$name of $kind', ({ use, kind }) => {
  const further = use.further[kind];

  async function make(): Promise<string> {
    const id = await makers[kind]();
    if (use.over) {
      await server.pool.query("update tasks set status = 'completed', finished_at = now() where id = $1", [id]);
    }
    return id;
  }

  test(further ? `takes ${further} as well, and says so` : 'takes its own permission alone', async () => {
    const id = await make();
    const before = await row(id);
    const { status, headers } = await use.ask(id, await server.token(acme, [use.own]));
    if (!further) return expect(status).not.toBeOneOf([401, 403]);
    expect([status, headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer realm="openbulk", error="insufficient_scope", scope="${further}"`,
    ]);
    expect(await row(id)).toEqual(before);
    const others = ALL_PERMISSIONS.filter((name) => name !== further);
    expect((await use.ask(id, await server.token(acme, others))).status).toBe(403);
    expect((await use.ask(id, await server.token(acme, [use.own, further]))).status).not.toBeOneOf([401, 403]);
  });
});

describe('a refusal', () => {
  test.each([
    ['organizations', 'an action', (id: string) => [tasks(id, '/cancel'), 'POST'], { error: { code: 4003 } }],
    ['task-v2', 'an import', (id: string) => [`/v2/task/delete/${id}`, 'DELETE'], { name: 'Forbidden', status: 403 }],
  ] as const)('comes in the envelope of %s', async (_dialect, kind, place, body) => {
    const [path = '', method = ''] = place(await makers[kind]());
    const token = await server.token(acme, ['base.bulk.management.update', 'task.delete']);
    expect((await server.ask(path, { method, token })).json).toMatchObject(body);
  });
});

describe('making tasks in task-v2', () => {
  test.each(Object.entries(RECORDS))('an export of %s takes %s', async (resource, permission) => {
    const body = { handler: 'ExportHandler', request: { resource, format: 'csv' } };
    const refused = await create(
      body,
      ALL_PERMISSIONS.filter((name) => name !== permission),
    );
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      `Bearer realm="openbulk", error="insufficient_scope", scope="${permission}"`,
    ]);
    expect((await create(body, ['task.create', permission])).status).toBe(201);
  });

  test('an export of nothing named is one of inventory items', async () => {
    expect((await create({ handler: 'ExportHandler' }, ['task.create'])).status).toBe(403);
  });

  test('an import takes what submitting one takes in organizations', async () => {
    const file = (await server.submit(acme, 'import-inventory-items', THREE_ROWS)).id;
    const body = { handler: 'ImportHandler', request: { action: 'import-inventory-items', file, override: true } };
    const refused = await create(
      body,
      ALL_PERMISSIONS.filter((name) => name !== 'base.bulk.management.create'),
    );
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer realm="openbulk", error="insufficient_scope", scope="base.bulk.management.create"',
    ]);
    expect((await create(body, ['task.create', 'base.bulk.management.create'])).status).toBe(201);
  });

  test('an import of a file that an export made takes what reading those records takes, by key as by task', async () => {
    const id = String((await create({ handler: 'ExportHandler' })).json.task_id);
    const { file_id: fileId, key } = await giveResult(id);
    expect(fileId).toBeTruthy();
    const mine: Permission[] = ['task.create', 'base.bulk.management.create'];
    for (const file of [id, key]) {
      const body = { handler: 'ImportHandler', request: { action: 'import-inventory-items', file } };
      const refused = await create(body, mine);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        403,
        `Bearer realm="openbulk", error="insufficient_scope", scope="${RECORDS['inventory-items']}"`,
      ]);
      expect((await create(body, [...mine, RECORDS['inventory-items']])).status).toBe(201);
    }
  });

  test('an import of a file of patches takes what reading those takes', async () => {
    const file = await makers['a patch']();
    const body = { handler: 'ImportHandler', request: { action: 'import-inventory-items', file } };
    const mine: Permission[] = ['task.create', 'base.bulk.management.create'];
    expect((await create(body, mine)).headers.get('www-authenticate')).toContain('scope="activityid.user.bulk.get"');
    expect((await create(body, [...mine, 'activityid.user.bulk.get'])).status).toBe(201);
  });

  test('an external task takes nothing more', async () => {
    expect((await create({ handler: 'LabelPrinter' }, ['task.create'])).status).toBe(201);
  });

  test('what hangs on a task is deleted with it only by who may delete that', async () => {
    const parent = await makers['an external task']();
    const child = await server.submit(acme, 'import-inventory-items', THREE_ROWS);
    await server.pool.query('update tasks set parent_id = $1 where id = $2', [parent, child.id]);
    await server.pool.query("update tasks set status = 'completed' where id = any($1)", [[parent, child.id]]);
    const remove = async (permissions: readonly Permission[]) =>
      server.ask(`/v2/task/delete/${parent}?force=true`, {
        method: 'DELETE',
        token: await server.token(acme, permissions),
      });
    const refused = await remove(['task.delete']);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer realm="openbulk", error="insufficient_scope", scope="base.bulk.management.delete"',
    ]);
    expect(await row(child.id)).toBeDefined();
    expect((await remove(['task.delete', 'base.bulk.management.delete'])).status).toBe(204);
  });
});

/** Gives an export a file, as a worker does at its end. */
async function giveResult(id: string): Promise<{ file_id: string; key: string }> {
  const { file } = await server.submit(acme, 'import-inventory-items', THREE_ROWS);
  await server.pool.query("update tasks set result_file_id = $2, status = 'completed' where id = $1", [id, file?.id]);
  return { file_id: String(file?.id), key: String(file?.key) };
}

/** In an organization where no task waits. */
describe('lines that somebody may not read', () => {
  let quiet: string;
  const below = '/v1/organizations/quiet/bulk-tasks';
  beforeAll(async () => {
    quiet = await server.organization('quiet');
  });

  async function ask(path: string, permissions: readonly Permission[]): Promise<Answer> {
    return server.ask(path, { token: await server.token(quiet, permissions) });
  }

  async function over(id: string): Promise<void> {
    const done = async () => (await server.pool.query('select status from tasks where id = $1', [id])).rows[0]?.status;
    await server.working(() => expect.poll(done, { timeout: 20_000 }).toBe('completed'));
  }

  test('of a patch are told of in organizations by their numbers alone', async () => {
    const id = await makers['a patch'](quiet);
    await over(id);
    const path = `${below}/${toHex24(id)}`;
    const blind = (await ask(path, ['base.bulk.management.get'])).json.data?.report;
    expect(blind).toMatchObject({ numItems: 2, numErrors: 1 });
    expect(blind).not.toHaveProperty('erroredLines');
    const reader: Permission[] = ['base.bulk.management.get', 'activityid.user.bulk.get'];
    expect((await ask(path, reader)).json.data?.report).toMatchObject({ numErrors: 1, erroredLines: [{ line: 2 }] });
    expect((await ask(`${path}/events`, ['base.bulk.management.get'])).text).not.toContain('erroredLines');
    expect((await ask(`${path}/events`, reader)).text).toContain('erroredLines');
    expect((await ask(below, ['base.bulk.management.list'])).text).not.toContain('erroredLines');
    const lister: Permission[] = ['base.bulk.management.list', 'activityid.user.bulk.get'];
    expect((await ask(below, lister)).text).toContain('erroredLines');
  });

  test('of an import are told of in activityid by their outcomes alone', async () => {
    const { id } = await server.submit(quiet, 'import-inventory-items', `${THREE_ROWS},laptop,S9\n`);
    await over(id);
    const path = `/activityid/v1/user/bulk/${id}/results?failedOnly=true`;
    const blind = await ask(path, ['activityid.user.bulk.get']);
    expect(blind.json.content?.results).toEqual([{ line: 5, outcome: 'errored' }]);
    const reader = await ask(path, ['activityid.user.bulk.get', 'base.bulk.management.get']);
    expect(reader.json.content?.results).toEqual([
      { line: 5, outcome: 'errored', error: expect.stringContaining('basic.name') },
    ]);
  });
});
