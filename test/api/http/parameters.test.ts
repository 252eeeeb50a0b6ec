import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idsOf, makerOf } from '../documents/ids.ts';
import { type Operation, readDocuments } from '../documents/operations.ts';
import { encodeBody, plainRequest, send } from '../documents/requests.ts';
import { form, openServer, type TestServer, THREE_ROWS } from '../server.ts';

const operations = (await readDocuments()).flatMap((document) => document.operations);
const ORG = '/v1/organizations/acme';

let server: TestServer;
let acme: string;
let token: string;

beforeAll(async () => {
  server = await openServer();
  acme = await server.organization('acme');
  token = await server.token(acme);
});
afterAll(() => server.close());

/** What the body of a request must be beyond its schema. */
const JOB = { criteria_json: { all: [] }, action_type: 'monitor' };

/** Asks an operation for something of its own, with more in its query string. */
async function ask(operation: Operation, more: string) {
  const made = idsOf(operation).map(async (name) => [name, await makerOf(operation, name)(server, acme)]);
  const plain = await plainRequest(operation, Object.fromEntries(await Promise.all(made)));
  const query = [plain.query, more].filter(Boolean).join('&');
  const body =
    operation.dialect === 'actions' && operation.requestBody ? await encodeBody('application/json', JOB) : plain.body;
  return send(server.port, operation, { ...plain, query, body }, token);
}

describe.each(operations)('$method $path', (operation) => {
  const taken = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);

  test('refuses a parameter that it does not have, and names it', async () => {
    for (const name of ['fource', '__proto__', 'constructor']) {
      const { status, text } = await ask(operation, `${name}=true`);
      expect([name, status]).toEqual([name, 400]);
      expect(text).toContain(name);
      expect(text).toContain(`is not a parameter of this request; its parameters are ${taken.join(', ') || 'none'}`);
    }
  });

  if (taken.length === 0) return;

  test('refuses a parameter that is given twice, and names it', async () => {
    for (const name of taken) {
      const { status, text } = await ask(operation, `${name}=1&${name}=1`);
      expect([name, status]).toEqual([name, 400]);
      expect(text).toContain('is given more than once');
      expect(text).toContain(name);
    }
  });

  test('takes a parameter that is empty for one that is not given', async () => {
    const optional = operation.parameters.filter((parameter) => parameter.in === 'query' && !parameter.required);
    const empty = optional.filter(({ name }) => name !== 'id').map(({ name }) => `${name}=`);
    const [given, without] = [await ask(operation, empty.join('&')), await ask(operation, '')];
    expect([given.status, given.text.length > 0]).toEqual([without.status, without.text.length > 0]);
  });
});

test('a parameter whose name nothing can tell is refused all the same', async () => {
  for (const path of [`${ORG}/bulk-tasks`, '/activityid/v1/user/bulk', '/api/actions/bulk/jobs']) {
    const answer = await server.ask(`${path}?a%00b${'c'.repeat(1_000)}=1`, { token });
    expect([path, answer.status]).toEqual([path, 400]);
    expect(answer.text).toMatch(/a\ufffdbc{61}\W/);
  }
});

test('a path and a query string that name two tasks of task-v2 are refused, and one task is one', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => server.submit(acme, 'import-mdm-users', 'email\n')));
  const view = (id = '') => server.ask(`/v2/task/view/${one?.id}?id=${id}`, { token });
  expect((await view(other?.id)).json).toMatchObject({
    status: 400,
    message: expect.stringMatching(/^id has different values/),
  });
  expect([(await view(one?.id)).status, (await view()).status]).toEqual([200, 200]);
});

const YES = ['true', 'True', 'TRUE', '1'];
const NO = ['false', 'False', 'FALSE', '0', ''];
const WRONG = ['yes', 'no', '2', 'on', ' true', 'null'];

describe('true and false are written as clients write them', () => {
  const task = async () => (await server.submit(acme, 'import-inventory-items', THREE_ROWS)).id;

  test.each([
    ['lines', async () => `${ORG}/bulk-tasks?lines=`],
    ['lines of a task', async () => `${ORG}/bulk-tasks/${await task()}?lines=`],
    ['open', async () => `${ORG}/bulk-tasks/${await task()}/causes?open=`],
    ['open of the lines', async () => `${ORG}/bulk-tasks/${await task()}/lines?open=`],
    ['failedOnly', async () => `/activityid/v1/user/bulk/${await patch()}/results?failedOnly=`],
    ['history', async () => `/v2/task/view/${await task()}?history=`],
    ['historized', async () => `/v2/task/view/${await task()}?historized=`],
  ])('in a query string: %s', async (_what, path) => {
    const url = await path();
    const statuses = async (values: readonly string[]) =>
      Promise.all(values.map(async (value) => (await server.ask(url + encodeURIComponent(value), { token })).status));
    expect(new Set(await statuses([...YES, ...NO]))).toEqual(new Set([200]));
    expect(await statuses(WRONG)).toEqual(WRONG.map(() => (url.startsWith('/v2') ? 422 : 400)));
  });

  async function patch(): Promise<string> {
    const headers = { 'content-type': 'application/jsonl' };
    const body = '{"object_id":"1"}\n';
    return (await server.ask('/activityid/v1/user/bulk', { method: 'PATCH', token, headers, body })).json.content
      ?.bulkId as unknown as string;
  }

  test('what a parameter says is what is done', async () => {
    const { id } = await server.submit(acme, 'import-inventory-items', THREE_ROWS);
    for (const [values, shown] of [
      [['true', 'TRUE', '1', ''], true],
      [['false', 'False', '0'], false],
    ] as const) {
      for (const value of values) {
        const { json } = await server.ask(`${ORG}/bulk-tasks/${id}?lines=${value}`, { token });
        expect([value, json.data?.report?.erroredLines !== undefined]).toEqual([value, shown]);
      }
    }
  });

  test.each(['override', 'dryRun', 'allowShortRows'])('in the field %s of a form', async (name) => {
    const submit = (value: string) =>
      server.ask(`${ORG}/bulk-tasks`, {
        method: 'POST',
        token,
        body: form({ action: 'import-inventory-items', [name]: value }, THREE_ROWS),
      });
    for (const value of [...YES, ...NO]) {
      const { status, json } = await submit(value);
      const given = json.data?.config?.[name];
      expect([value, status, given ?? false]).toEqual([value, 202, YES.includes(value)]);
    }
    for (const value of WRONG) {
      const { status, json } = await submit(value);
      const data = [{ field: name, problem: 'must be true, false, 1 or 0' }];
      expect([value, status, json.error?.data]).toEqual([value, 400, data]);
    }
  });

  test('in the body of a search of tasks', async () => {
    const search = (history: unknown) =>
      server.ask('/v2/task/index', {
        method: 'POST',
        token,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ history }),
      });
    for (const given of [true, 'True', 1, '1', false, 'FALSE', 0, '0', '', null]) {
      expect([given, (await search(given)).status]).toEqual([given, 200]);
    }
    for (const given of ['yes', 2, [true], ['true'], {}])
      expect([given, (await search(given)).status]).toEqual([given, 422]);
  });
});

describe('forms', () => {
  const forms = [`${ORG}/bulk-tasks`, `${ORG}/bulk-tasks/preview`, `${ORG}/bulk-tasks/ID/fixes`];
  const post = async (path: string, body: FormData) => {
    const { id } = await server.submit(acme, 'import-inventory-items', THREE_ROWS);
    return server.ask(path.replace('ID', id), { method: 'POST', token, body });
  };

  test.each(forms)('%s refuses a field that it does not have, and names it', async (path) => {
    const { status, json } = await post(path, form({ overide: 'true' }, THREE_ROWS));
    expect(status).toBe(400);
    expect(json.error?.data).toMatchObject([
      { field: 'overide', problem: /^is not a field of this form; its fields are .*\bfile$/ },
    ]);
  });

  test.each(forms)('%s refuses a second file', async (path) => {
    const body = form({}, THREE_ROWS);
    body.append('file', new Blob(['x']), 'other.csv');
    const { status, json } = await post(path, body);
    expect([status, json.error?.data?.[0]?.field]).toEqual([400, 'file']);
    expect(json.error?.data?.[0]?.problem).toMatch(/^is given more than once/);
  });

  test.each(forms.slice(0, 2))('%s refuses a field that is given twice, be it empty', async (path) => {
    for (const first of ['', 'utf-8']) {
      const body = new FormData();
      for (const value of [first, 'utf-8']) body.append('encoding', value);
      body.append('file', new Blob([THREE_ROWS]), 'items.csv');
      const { status, json } = await post(path, body);
      expect([status, json.error?.data]).toEqual([400, [{ field: 'encoding', problem: 'is given more than once' }]]);
    }
  });

  test('what is not filled in is not given', async () => {
    const names = ['mapping', 'constants', 'dateFormat', 'formats', 'missingValues', 'encoding'];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    const { status, json } = await post(
      forms[0] ?? '',
      form({ action: 'import-inventory-items', ...empty }, THREE_ROWS),
    );
    expect([status, json.data?.config]).toEqual([202, { override: false }]);
    const preview = await post(forms[1] ?? '', form({ action: '', encoding: '', size: '' }, THREE_ROWS));
    expect(preview.status).toBe(200);
  });
});
