import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyResource } from '../../../src/service/resources/apply-resource.ts';
import { openPool } from '../../../src/store/connection/pool.ts';
import { parseId } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { form, type Json, openServer, type TestServer } from '../server.ts';
import { customers, type Desk, openDesk } from './desk.ts';

let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

/** An organization with a resource `things` of those fields, with the key `k`, and its rows. */
async function declared(slug: string, fields: object[], csv: string): Promise<Desk> {
  const desk = await openDesk(server, slug);
  const { status, text } = await desk.put(things(fields));
  expect(status, text).toBe(200);
  expect(await desk.imported('things', csv)).toMatchObject({ status: 'completed', numErrors: 0 });
  return desk;
}

const things = (fields: object[]) => ({
  fields: [{ name: 'k' }, ...fields],
  primaryKey: 'k',
  openbulk: { name: 'things' },
});

interface Plan {
  readonly hash: string;
  readonly statements: readonly string[];
  readonly losses: readonly object[];
}

async function planOf(desk: Desk, fields: object[]): Promise<Plan> {
  const { json, status, text } = await desk.plan(things(fields));
  expect(status, text).toBe(200);
  return json.data as unknown as Plan;
}

test('a plan warns of what is most likely a slip', async () => {
  const desk = await openDesk(server, 'slips');
  const { json } = await desk.plan(things([{ name: 'n', type: 'number', decimalchar: ',' }]));
  expect(json.data?.warnings).toEqual([
    {
      field: 'declaration/fields/1/decimalchar',
      problem: 'The member "decimalchar" has no effect. Did you mean decimalChar?',
    },
  ]);
});

test('a column is added, and records keep what they have', async () => {
  const desk = await declared('adding', [{ name: 'a', type: 'integer' }], 'k,a\nx,1\n');
  const wider = [
    { name: 'a', type: 'integer' },
    { name: 'b', type: 'datetime' },
  ];
  const { statements, losses, hash } = await planOf(desk, wider);
  expect(statements).toEqual([expect.stringMatching(/^alter table \S+ add column b timestamptz$/)]);
  expect(losses).toEqual([]);
  expect((await desk.put(things(wider), `?hash=${hash}`)).status).toBe(200);
  expect((await planOf(desk, wider)).statements).toEqual([]);
  await desk.imported('things', 'k,a,b\ny,2,2026-01-31T10:00:00Z\n');
  expect(await desk.records('things')).toEqual([
    { k: 'x', a: 1 },
    { k: 'y', a: 2, b: '2026-01-31T10:00:00.000Z' },
  ]);
});

test('records are listed by the version in force, also right after another process has removed a column', async () => {
  const desk = await declared('elsewhere', [{ name: 'a' }, { name: 'b' }], 'k,a,b\nx,1,2\n');
  expect(await desk.records('things')).toEqual([{ k: 'x', a: '1', b: '2' }]);
  const pool = openPool({ url: server.database.url, applicationName: 'another process', max: 1 });
  const source = JSON.stringify(things([{ name: 'b' }]));
  await applyResource({ pool }, { owner: desk.organizationId, source, mayAdopt: () => true, allowLoss: true });
  await pool.end();
  expect(await desk.records('things')).toEqual([{ k: 'x', b: '2' }]);
});

test('changes, removals and readers of a resource at the same time wait for each other', async () => {
  const desk = await declared('crowded', [{ name: 'x' }], 'k,x\na,1\n');
  const change = (name: string) => desk.put(things([{ name }]), '?allowLoss=true');
  const read = () => desk.ask('/resources/things/records');
  const remove = () => desk.ask('/resources/things?allowLoss=true', 'DELETE');
  const tasks = [change, change, read, change, change, read];
  for (let round = 0; round < 8; round += 1) {
    const asked = tasks.map((ask, at) => ask(at % 2 === 0 ? 'x' : 'y'));
    if (round % 2 === 1) asked.push(remove(), read(), change('z'), read());
    const answers = await Promise.all(asked);
    for (const { status, text } of answers) expect([200, 404, 409, 412], text).toContain(status);
  }
  expect((await change('end')).status).toBe(200);
  expect((await read()).status).toBe(200);
});

test('values are removed only when that is asked for, and the plan says how many', async () => {
  const fields = [{ name: 'a' }, { name: 'b', type: 'integer' }];
  const desk = await declared('losing', fields, 'k,a,b\nx,1,1\ny,,2\nz,,\n');
  const { losses, hash } = await planOf(desk, [{ name: 'a', type: 'date' }]);
  expect(losses).toEqual([
    { column: 'a', records: 1 },
    { column: 'b', records: 2 },
  ]);
  const refused = await desk.put(things([{ name: 'a', type: 'date' }]), `?hash=${hash}`);
  expect(refused.status).toBe(409);
  expect(refused.json.error?.message).toBe(
    'This removes values of a (records: 1), b (records: 2). Allow the loss (--allow-loss, or allowLoss=true in the API), or keep the columns.',
  );
  expect(await desk.records('things')).toMatchObject([{ a: '1', b: 1 }, { b: 2 }, {}]);
  const applied = await desk.put(things([{ name: 'a', type: 'date' }]), `?hash=${hash}&allowLoss=true`);
  expect(applied.status, applied.text).toBe(200);
  expect(await desk.records('things')).toEqual([{ k: 'x' }, { k: 'y' }, { k: 'z' }]);
});

test('a type that has all values keeps them, and a narrower one those that fit', async () => {
  const desk = await declared('typing', [{ name: 'n', type: 'integer' }], 'k,n\nx,12\ny,5000000000\n');
  const decimal = [{ name: 'n', type: 'number' }];
  expect((await planOf(desk, decimal)).losses).toEqual([]);
  expect((await desk.put(things(decimal))).status).toBe(200);
  expect(await desk.records('things')).toMatchObject([{ n: 12 }, { n: 5_000_000_000 }]);
  await desk.imported('things', 'k,n\nz,0.5\n');
  const small = [{ name: 'n', type: 'integer', constraints: { minimum: 0, maximum: 100 } }];
  const { losses } = await planOf(desk, small);
  expect(losses).toEqual([{ column: 'n', records: 2 }]);
  expect((await desk.put(things(small), '?allowLoss=true')).status).toBe(200);
  expect(await desk.records('things')).toEqual([{ k: 'x', n: 12 }, { k: 'y' }, { k: 'z' }]);
  const texts = [{ name: 'n' }];
  expect((await planOf(desk, texts)).losses).toEqual([]);
  expect((await desk.put(things(texts))).status).toBe(200);
  expect(await desk.records('things')).toMatchObject([{ n: '12' }, {}, {}]);
});

test('a field keeps its values when another one that takes its column goes, comes or moves', async () => {
  const desk = await declared('moving', [{ name: 'a b' }, { name: 'a_b' }], 'k,a b,a_b\nx,first,second\n');
  const swapped = [{ name: 'a_b' }, { name: 'a b' }];
  expect((await desk.put(things(swapped))).status).toBe(200);
  expect(await desk.records('things')).toEqual([{ k: 'x', 'a b': 'first', a_b: 'second' }]);
  const { losses } = await planOf(desk, [{ name: 'a b' }]);
  expect(losses).toEqual([{ column: 'a_b', records: 1 }]);
  expect((await desk.put(things([{ name: 'a b' }]), '?allowLoss=true')).status).toBe(200);
  expect(await desk.records('things')).toEqual([{ k: 'x', 'a b': 'first' }]);
});

test('the key of records does not change', async () => {
  const desk = await declared('keyed', [{ name: 'a' }], 'k,a\nx,1\n');
  for (const other of [
    { ...things([{ name: 'a' }]), primaryKey: 'a' },
    { ...things([{ name: 'a' }]), fields: [{ name: 'k', type: 'integer' }, { name: 'a' }] },
  ]) {
    const { status, text } = await desk.put(other, '?allowLoss=true');
    expect(status).toBe(409);
    expect(text).toContain('The key of a resource with records (1) cannot change.');
  }
});

test('of two changes that are applied at once, one wins, and the other is told', async () => {
  const desk = await declared('racing', [], 'k\nx\n');
  const changes = [[{ name: 'a' }], [{ name: 'b' }]];
  const plans = await Promise.all(changes.map((fields) => planOf(desk, fields)));
  const answers = await Promise.all(changes.map((fields, at) => desk.put(things(fields), `?hash=${plans[at]?.hash}`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  expect(answers.find(({ status }) => status === 412)?.json.error?.message).toBe(
    'The plan has changed since it was made. Make a new one.',
  );
  const created = await Promise.all([1, 2].map(() => desk.put(customers())));
  expect(created.map(({ status, json }) => [status, json.data?.action]).sort()).toEqual([
    [200, 'create'],
    [200, 'none'],
  ]);
});

test('a task keeps the version of its resource with which it was made', async () => {
  const desk = await declared('keeping', [{ name: 'a' }], 'k,a\nx,1\n');
  const submit = async () => {
    const { status, json, text } = await desk.ask(
      '/bulk-tasks',
      'POST',
      form({ action: 'import-things' }, 'k,a\nlong,four letters more\n'),
    );
    expect(status, text).toBe(202);
    return { id: parseId(String((json.data as Json).id)) as string, organizationId: desk.organizationId } as Task;
  };
  const before = await submit();
  const shorter = [{ name: 'a', constraints: { maxLength: 4 } }];
  expect((await desk.put(things(shorter))).status).toBe(200);
  const after = await submit();
  // What takes the table away from the tasks waits for them.
  const refused = await desk.put(things([]), '?allowLoss=true');
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('has tasks that have not ended');
  expect((await desk.ask('/resources/things?allowLoss=true', 'DELETE')).status).toBe(409);
  expect((await desk.put(things([...shorter, { name: 'b' }]))).status).toBe(200);

  const ended = await server.working(() => Promise.all([before, after].map((task) => server.finished(task))));
  expect(ended).toMatchObject([{ counters: { inserts: 1, errors: 0 } }, { counters: { inserts: 0, errors: 1 } }]);
  expect((await desk.put(things([]), '?allowLoss=true')).status).toBe(200);
});

test('a table that somebody has dropped is told of, and the resource can be removed', async () => {
  const desk = await declared('dropped', [{ name: 'a' }], 'k,a\nx,1\n');
  const { rows } = await server.pool.query<{ name: string }>(
    'select table_name as name from declared_resources where organization_id = $1',
    [desk.organizationId],
  );
  await server.pool.query(`drop table openbulk_records.${rows[0]?.name}`);
  const { status, text } = await desk.plan(things([{ name: 'b' }]));
  expect(status).toBe(409);
  expect(text).toContain('is missing. Remove the resource, and declare it again.');
  expect((await desk.ask('/resources/things', 'DELETE')).status).toBe(200);
  expect((await desk.put(things([]))).json.data).toMatchObject({ action: 'create' });
});
