import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScheduled } from '../../../src/store/tasks/scheduled.ts';
import type { Task } from '../../../src/task/task.ts';
import { customers, type Desk, openDesk } from '../resources/desk.ts';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { type Acting, act, where } from './records.ts';

/** What is set for a time, and what is put back at its end. */
let server: TestServer;
let made = 0;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

async function open(): Promise<{ desk: Desk; acting: Acting }> {
  made += 1;
  const desk = await openDesk(server, `timed-${made}`);
  return { desk, acting: act(server, desk) };
}

async function withCustomers(): Promise<{ desk: Desk; acting: Acting }> {
  const opened = await open();
  const declared = await opened.desk.put(
    customers({ name: 'note' }, { name: 'nick', type: 'string', constraints: { unique: true } }),
  );
  expect(declared.status, declared.text).toBe(200);
  await opened.desk.imported(
    'customers',
    'email,name,since,note,nick\na@x.org,Ada,2020-01-01,,a\nb@x.org,Bob,2021-01-01,n,b\n',
  );
  return opened;
}

const SET = { resource: 'customers', action_type: 'set' };

/** Lets the time of a job be over, and gives the job that puts values back when that is over. */
async function over({ desk, acting }: { desk: Desk; acting: Acting }): Promise<Json> {
  const { rows } = await server.pool.query<{ id: string }>(
    `update tasks set scheduled_at = now() where id = (select id from tasks
       where organization_id = $1 and action like 'revert-%' and status = 'scheduled' order by scheduled_at limit 1) returning id`,
    [desk.organizationId],
  );
  const { id } = rows[0] as { id: string };
  await startScheduled(server.pool, server.turns);
  await server.working(() => server.finished({ id, organizationId: desk.organizationId } as Task));
  return (await acting.ask(`/jobs/${id}`)).json;
}

const left = async ({ desk }: { desk: Desk }) =>
  (await server.pool.query('select from former_values where organization_id = $1', [desk.organizationId])).rowCount;

const notes = async ({ desk }: { desk: Desk }) => (await desk.records('customers')).map(({ note }) => note);

test('at the end of the time a job puts back what records had, where they still have what was set', async () => {
  const scene = await withCustomers();
  const { desk, acting } = scene;
  const job = await acting.done({ ...SET, values: { note: 'sale', since: null }, action_duration: 3600 });
  expect(job).toMatchObject({ affected_count: 2, action_duration: 3600 });
  const { jobs } = (await acting.ask('/jobs')).json as unknown as { jobs: Json[] };
  expect(jobs[0]).toMatchObject({
    action_type: 'revert',
    status: 'scheduled',
    resource: 'customers',
    values: { note: 'sale' },
  });
  const away = new Date(String(jobs[0]?.scheduled_at)).getTime() - new Date(String(job.executed_at)).getTime();
  expect(Math.abs(away - 3_600_000)).toBeLessThan(60_000);
  await desk.imported('customers', 'email,note\nb@x.org,changed\n', { mode: 'update' });
  expect(await over(scene)).toMatchObject({
    ...{ status: 'completed', outcomes: { updated: 2, deleted: 0, skipped: 0, errored: 0 } },
  });
  expect(await desk.records('customers')).toEqual([
    { email: 'a@x.org', name: 'Ada', since: '2020-01-01', nick: 'a' },
    // Of this record only the column that nobody has changed since.
    { email: 'b@x.org', name: 'Bob', since: '2021-01-01', note: 'changed', nick: 'b' },
  ]);
  expect(await left(scene)).toBe(0);
});

test('of two on top of each other the one whose time is over first leaves nothing of itself', async () => {
  const scene = await withCustomers();
  const before = await scene.desk.records('customers');
  await scene.acting.done({ ...SET, values: { note: 'one', since: '2001-01-01' }, action_duration: 100 });
  await scene.acting.done({ ...SET, values: { note: 'two', since: '2002-02-02' }, action_duration: 200 });
  expect(await over(scene)).toMatchObject({ outcomes: { updated: 0, skipped: 2 } });
  expect(await notes(scene)).toEqual(['two', 'two']);
  await over(scene);
  expect(await scene.desk.records('customers')).toEqual(before);
});

test('one that says the same for longer holds it for longer; for good, it is not put back', async () => {
  const scene = await withCustomers();
  const one = { ...SET, values: { note: 'one' } };
  await scene.acting.done({ ...one, action_duration: 100 });
  expect(await scene.acting.done({ ...one, action_duration: 200 })).toMatchObject({ affected_count: 0 });
  await over(scene);
  expect(await notes(scene)).toEqual(['one', 'one']);
  await scene.acting.done({ ...one, criteria_json: where('email', 'eq', 'a@x.org') });
  await over(scene);
  expect(await notes(scene)).toEqual(['one', 'n']);
});

test('what the database does not take back is errored; a record that is gone is skipped; a cancelled reversion leaves what is', async () => {
  const scene = await withCustomers();
  const { desk, acting } = scene;
  await acting.done({ ...SET, values: { nick: null }, action_duration: 100 });
  await desk.imported('customers', 'email,name,nick\nc@x.org,Cas,a\n');
  await acting.done({ resource: 'customers', action_type: 'delete', criteria_json: where('email', 'eq', 'b@x.org') });
  expect(await over(scene)).toMatchObject({ outcomes: { updated: 0, errored: 1 } });
  expect((await desk.records('customers')).map(({ nick }) => nick)).toEqual([undefined, 'a']);
  await acting.done({ ...SET, values: { note: 'stays' }, action_duration: 100 });
  const { jobs } = (await acting.ask('/jobs')).json as unknown as { jobs: Json[] };
  await acting.ask(`/jobs/${String(jobs[0]?.job_id)}/cancel`, {});
  expect(await notes(scene)).toEqual(['stays', 'stays']);
});

test('members of open columns go back one by one', async () => {
  const scene = await open();
  const { desk, acting } = scene;
  const users = 'email,metadata.room,metadata.floor\nu@x.org,1,2\nv@x.org,,4\n';
  await desk.over(await desk.ask('/bulk-tasks', 'POST', form({ action: 'import-mdm-users' }, users)));
  const user = { resource: 'mdm-users', action_type: 'set' };
  await acting.done({ ...user, values: { 'metadata.room': '7', 'metadata.floor': null }, action_duration: 100 });
  await acting.done({ ...user, values: { 'metadata.floor': '9' }, criteria_json: where('email', 'like', 'v%') });
  await over(scene);
  const listed = (await desk.ask('/mdm/users?sort=createdAt:asc')).json.data as unknown as { items: Json[] };
  expect(listed.items.map(({ metadata }) => metadata)).toEqual([{ room: '1', floor: '2' }, { floor: '9' }]);
});
