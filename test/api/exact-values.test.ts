import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex24 } from '../../src/task/ids.ts';
import type { ImportConfig, Task } from '../../src/task/task.ts';
import { type Answer, form, openServer, type TestServer } from './server.ts';

/** What goes in is what comes out: numbers digit for digit, and members whatever they are called. */
let server: TestServer;
let organizationId: string;
let token: string;

beforeAll(async () => {
  server = await openServer();
  organizationId = await server.organization('acme');
  token = await server.token(organizationId);
});
afterAll(() => server.close());

async function imported(action: string, content: string, config: Partial<ImportConfig> = {}): Promise<Task> {
  const task = await server.submit(organizationId, action, content, config);
  return server.working(() => server.finished(task));
}

function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return server.ask(`/v1/organizations/acme${path}`, { token, headers });
}

/** Asks with a body as it is written: `JSON.stringify` would be the first to alter its numbers. */
function post(path: string, body: string, method = 'POST'): Promise<Answer> {
  return server.ask(path, { method, token, headers: { 'content-type': 'application/json' }, body });
}

async function exported(format: string, resource = 'inventory-items'): Promise<string> {
  const { json } = await post(
    '/v2/task/create',
    JSON.stringify({ handler: 'ExportHandler', request: { resource, format } }),
  );
  const id = json.task_id as unknown as string;
  return server.working(async () => {
    await expect
      .poll(async () => (await get(`/bulk-tasks/${toHex24(id)}`)).json.data?.status, { timeout: 20_000 })
      .toBe('completed');
    return (await server.ask(`/v2/task/download/${id}`, { token })).text;
  });
}

describe('a number beyond what a double holds', () => {
  test.each(['999999999999999.999999', '-123456789012345.123457', '-0.1', '12.5'])(
    '%s of a column is the same everywhere',
    async (number) => {
      await imported(
        'import-inventory-items',
        `basic.name,basic.type,identifiers.serialNumber,purchase.pricing\nOne,laptop,N1,${number}\n`,
        { override: true },
      );
      const written = `"pricing":${number}}`;
      expect((await get('/inventory-items')).text).toContain(written);
      expect(await exported('ndjson')).toContain(written);
      expect(await exported('json')).toContain(written);
      expect(await exported('csv')).toContain(`,${number},`);
    },
  );

  const JSONS = [
    '{"a":1.50,"b":[9007199254740993,1e-400,1E400,-0,0.0000001]}',
    '738529527931269425.0',
    '7.38529527931269425e17',
  ];

  test.each(JSONS)('%s is what task-v2 answers of a request and a response, as a value and as text', async (json) => {
    for (const given of [json, JSON.stringify(json)]) {
      const made = await post('/v2/task/create', `{"handler":"Robot","request":${given}}`);
      expect([made.status, made.json.request]).toEqual([201, json]);
      const path = `/v2/task/update/${made.json.task_id}`;
      const changed = await post(path, `{"status":"completed","response":${given}}`, 'PUT');
      expect([changed.status, changed.json.response]).toEqual([200, json]);
      expect((await server.ask(path.replace('update', 'view'), { token })).json).toEqual(changed.json);
      const found = await post('/v2/task/index', `{"filter":{"task_id":"${made.json.task_id}","request":${given}}}`);
      expect(found.json).toHaveLength(1);
    }
  });

  test.each(['1e999999', '-1E-600'])('%s cannot be kept, and is named', async (number) => {
    const { status, json } = await post('/v2/task/create', `{"handler":"Robot","request":[${number}]}`);
    expect([status, json]).toEqual([422, [{ field: 'request', message: expect.stringContaining(`"${number}"`) }]]);
  });

  test('comes back in the criteria of a job, an object or its JSON', async () => {
    const criteria = '{"not":{"field":"vendor","op":"eq","value":9007199254740993}}';
    for (const given of [criteria, JSON.stringify(criteria)]) {
      const body = `{"criteria_json":${given},"action_type":"monitor"}`;
      const { status, json } = await post('/api/actions/bulk/jobs', body);
      expect([status, json.criteria_json]).toEqual([201, expect.stringContaining('"value":9007199254740993}')]);
    }
  });
});

test('a number in a criteria is compared with text as it is written', async () => {
  const users = ['1.50', '-0', '1E2'].map((value, index) => `n${index}@example.org,${value}`);
  await imported('import-mdm-users', `email,metadata.exact\n${users.join('\n')}\n`);
  for (const [index, value] of ['1.50', '-0', '1E2'].entries()) {
    const criteria = `{"field":"metadata.exact","op":"eq","value":${value}}`;
    const { json } = await get(`/mdm/users?criteria=${encodeURIComponent(criteria)}`);
    expect((json.data as unknown as { items: { email: string }[] }).items.map(({ email }) => email)).toEqual([
      `n${index}@example.org`,
    ]);
  }
});

describe('a body of JSON', () => {
  const create = (body: Buffer<ArrayBuffer> | string, type = 'application/json') =>
    server.ask('/v2/task/create', { method: 'POST', token, headers: { 'content-type': type }, body: body as string });

  test('that is not UTF-8 is refused, whatever it is declared to be, and a byte-order mark is not of it', async () => {
    const latin = Buffer.from('{"handler":"C","request":"caf\xe9"}', 'latin1');
    for (const type of ['application/json', 'application/json; charset=iso-8859-1']) {
      const { status, json } = await create(latin, type);
      expect([status, json.message]).toEqual([400, 'The body is not valid UTF-8.']);
    }
    expect((await create('\ufeff{"handler":"C","request":"caf\u00e9"}')).json.request).toBe('caf\u00e9');
  });

  test('that is no JSON is told where it stops being one', async () => {
    const { status, json } = await create('{"handler":"C",}');
    expect([status, json.message]).toEqual([
      400,
      expect.stringMatching(/^The body is not JSON: .* at character 16\.$/),
    ]);
  });
});

describe('a name that anybody chose', () => {
  test('loses no cell of a report, be it there twice, blank or that of something in every object', async () => {
    const header = 'basic.name,x,,__proto__,x,,constructor,x (column 5),toString';
    const task = await imported(
      'import-inventory-items',
      `${header},basic.type,identifiers.serialNumber\n,1,2,3,4,5,6,7,8,laptop,P1\n`,
    );
    const record = {
      ...{ 'basic.name': '', x: '1', '': '2', 'x (column 5)': '7', "x (column 5)'": '4', '(column 6)': '5' },
      ...{ constructor: '6', toString: '8', 'basic.type': 'laptop', 'identifiers.serialNumber': 'P1' },
    };
    Object.defineProperty(record, '__proto__', { value: '3', enumerable: true });
    const path = `/bulk-tasks/${toHex24(task.id)}/report`;
    const [line = ''] = (await get(`${path}?format=ndjson`)).text.split('\n');
    expect(Object.entries(JSON.parse(line).record).sort()).toEqual(Object.entries(record).sort());
    const { data } = JSON.parse((await get(`${path}?format=json`)).text);
    expect(Object.entries(data.lines[0].record).sort()).toEqual(Object.entries(record).sort());
  });

  test('is a member of metadata in lists and exports', async () => {
    await imported(
      'import-mdm-users',
      'email,metadata.__proto__,metadata.constructor,metadata.toString\na@example.net,1,2,3\n',
    );
    const shown = '"metadata":{"toString":"3","__proto__":"1","constructor":"2"}';
    expect((await get('/mdm/users')).text).toContain(shown);
    expect(await exported('ndjson', 'mdm-users')).toContain(shown);
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])('%s as a handler is an external one', async (handler) => {
    const { status, json } = await post('/v2/task/create', JSON.stringify({ handler }));
    expect([status, json.handler]).toEqual([201, handler]);
  });

  test.each(['mapping', 'constants'])('%s of __proto__ is refused, and not passed over', async (field) => {
    const given = '{"__proto__":"Name","constructor":"Name"}';
    const body = form({ action: 'import-inventory-items', [field]: given }, 'a\n1\n');
    const answer = await server.ask('/v1/organizations/acme/bulk-tasks', { method: 'POST', token, body });
    const named = [`${field}.__proto__`, `${field}.constructor`];
    expect([answer.status, JSON.parse(answer.text).error.data.map((one: { field: string }) => one.field)]).toEqual([
      400,
      named,
    ]);
    const stored = await post(
      '/v2/task/create',
      `{"handler":"ImportHandler","request":{"action":"import-inventory-items","file":"x","${field}":${given}}}`,
    );
    expect(stored.status).toBe(422);
    expect(stored.text).toContain(`request.${named[0]}`);
  });

  test('can be a header that a column is taken from', async () => {
    const config = { mapping: { 'basic.name': '__proto__', 'basic.type': 'constructor' } };
    const task = await imported(
      'import-inventory-items',
      '__proto__,constructor,identifiers.serialNumber\nOne,laptop,Q1\n',
      config,
    );
    expect(task).toMatchObject({ status: 'completed', counters: { inserts: 1 } });
    expect((await get(`/bulk-tasks/${toHex24(task.id)}`)).json.data?.config).toMatchObject(config);
  });
});

describe('what nobody sees', () => {
  const users = async () =>
    JSON.parse((await get('/mdm/users?limit=1000')).text).data.items as { email: string; name?: string }[];

  test('makes no second record of a key, in any case and normal form, and is dropped from a typed cell', async () => {
    const emails = [
      'zo\u00eb@example.com',
      'zoe\u0308@example.com',
      ...['\u200b', '\u200e', '\u00ad', '\u2060', '\u202a'].map((c) => `${c}ZO\u00cb@example.com${c}`),
    ];
    const task = await imported(
      'import-mdm-users',
      `email,name\n${emails.map((email, at) => `${email},Zo\u200b${at}`).join('\n')}\n`,
    );
    expect(task.counters).toMatchObject({ inserts: 1, skips: emails.length - 1, errors: 0 });
    expect((await users()).filter(({ email }) => /^zo/i.test(email))).toMatchObject([
      { email: 'zo\u00eb@example.com', name: 'Zo\u200b0' },
    ]);
  });

  test('is kept in a serial number as it was, and finds the record without it', async () => {
    const rows = ['V1', 'V1\u200b', '\u202aV1\u202c', '\u2060'].map((serial) => `One,laptop,${serial}`);
    const task = await imported(
      'import-inventory-items',
      `\u200bbasic.name,Basic.Type\u00ad,identifiers.serialNumber\n${rows.join('\n')}\n`,
      { override: true },
    );
    expect(task.counters).toMatchObject({ inserts: 1, updates: 2, errors: 1 });
    expect((await get('/inventory-items?limit=1000')).text).toContain('"serialNumber":"\u202aV1\u202c"');
  });

  test('is named where a value is none', async () => {
    const task = await imported(
      'import-inventory-items',
      'basic.name,basic.type,identifiers.serialNumber,purchase.pricing\nOne,laptop,W1,12\u200b\n\u200b,laptop,W2,\nOne,laptop,W3,1\u200bx\n',
    );
    const { report } = JSON.parse((await get(`/bulk-tasks/${toHex24(task.id)}`)).text).data;
    expect(report.erroredLines).toMatchObject([
      { line: 3, code: 'required' },
      { line: 4, code: 'invalid_value', reason: expect.stringContaining('found "1<U+200B>x"') },
    ]);
    expect(report.numInserts).toBe(1);
  });

  test('and the case of its prefix make no other name of a member of metadata', async () => {
    const config = { override: true };
    await imported('import-mdm-users', 'email,metadata.Department\nmeta@example.com,One\n', config);
    await imported('import-mdm-users', 'email,\u200bMETADATA.Dep\u00adartment\nmeta@example.com,Two\n', config);
    expect((await users()).find(({ email }) => email === 'meta@example.com')).toMatchObject({
      metadata: { Department: 'Two' },
    });
  });
});
