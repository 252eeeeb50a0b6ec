import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId, toHex24 } from '../../../src/task/ids.ts';
import { type Answer, openServer, type TestServer } from '../server.ts';

let server: TestServer;
let organizationId: string;
let token: string;
/** Every task, newest first, as the dialect shows it. */
let tasks: WireTask[];

type WireTask = Record<string, string | null> & { task_id: string };

beforeAll(async () => {
  server = await openServer();
  organizationId = await server.organization('filters');
  token = await server.token(organizationId);
  await fill();
  tasks = (await search({})).json as unknown as WireTask[];
});
afterAll(() => server.close());

function search(body: unknown, query = ''): Promise<Answer> {
  return server.ask(`/v2/task/index${query}`, {
    method: 'POST',
    token,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const STATES = [
  ['pending', false],
  ['scheduled', false],
  ['awaiting_approval', false],
  ['awaiting_approval', true],
  ['paused', false],
  ['paused', true],
  ['running', true],
  ['completed', true],
  ['failed', true],
  ['cancelled', false],
] as const;
const WORK = [
  ['import', 'import-mdm-users', '{"override":false,"mapping":{"email":"E: mail, the"}}'],
  ['patch', 'patch-identities', '{}'],
  ['act', 'block-devices', '{"type":"block","reason":"because"}'],
  ['export', 'export-devices', '{"format":"csv"}'],
  ['external', 'Robot: of 50%_', '{}'],
  ['external', 'ImportHandler', '{}'],
] as const;

/** Tasks of every state and kind, on some days around the end of a month. */
async function fill(): Promise<void> {
  for (let i = 0; i < 60; i += 1) {
    const [status, started] = STATES[i % STATES.length] as (typeof STATES)[number];
    const [operation, action, config] = WORK[i % WORK.length] as (typeof WORK)[number];
    const external = operation === 'external';
    const request =
      external && i % 5 > 0 ? [null, '{"a": 1, "b": "x: y, z"}', '"a"', '12', '[1, {"c": null}]'][i % 5] : null;
    await server.pool.query(
      `insert into tasks (operation, origin, id, organization_id, action, status, config, created_by, started_at,
         user_id, entity_id, request, response, created_at, updated_at, error)
       values ($1, 'task-v2', $2, $3, $4, $5, $6, $7, case when $8 then now() end, $9, $10, $11, $12, $13, $14, $15)`,
      [
        operation,
        newId(),
        organizationId,
        action,
        status,
        config,
        { id: newId() },
        started,
        i % 3 === 0 ? `user-${i % 7}` : null,
        i % 2 === 0 ? `Entity ${i % 4}` : null,
        request,
        external && i % 4 === 0 ? '{"done": true}' : null,
        new Date(Date.UTC(2024, 1, 27 + (i % 4), 23, 59, 59, 999)),
        new Date(Date.UTC(2024, 1, 28 + (i % 3), 0, 0, 0, i)),
        status === 'failed' ? { code: 'empty_file', message: 'It is empty.' } : null,
      ],
    );
  }
}

const TEXTS = ['handler', 'user_id', 'entity_id', 'status', 'task_id'] as const;
const JSONS = ['request', 'response'] as const;
const DAYS = ['created_at', 'updated_at'] as const;

/** What a task is, by the plainest reading of the filter language, member by member as it is shown. */
function matches(filter: object, task: WireTask): boolean {
  return Object.entries(filter).every(([name, value]) => {
    if (name === 'and') return value.every((part: object) => matches(part, task));
    if (name === 'or') return value.some((part: object) => matches(part, task));
    if (name === 'not') return !matches(value, task);
    return holds(name, value, task[name] as string | null);
  });
}

function holds(name: string, said: unknown, value: string | null): boolean {
  if (Array.isArray(said)) return said.some((one) => equals(name, one, value));
  if (typeof said !== 'object' || said === null) return equals(name, said, value);
  return Object.entries(said).every(([operator, operand]) => {
    if (operator === 'not') return !holds(name, operand, value);
    if (operator === 'and') return operand.every((part: unknown) => holds(name, part, value));
    if (operator === 'or') return operand.some((part: unknown) => holds(name, part, value));
    if (operator === 'eq') return equals(name, operand, value);
    if (operator === 'neq') return !equals(name, operand, value);
    if (operator === 'in') return operand.some((one: unknown) => equals(name, one, value));
    if (operator === 'nin') return !operand.some((one: unknown) => equals(name, one, value));
    if (value === null) return false;
    if (operator === 'like') return isLike(operand, value);
    const order = value < operand ? -1 : value > operand ? 1 : 0;
    return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[operator] as boolean;
  });
}

function equals(name: string, wanted: unknown, value: string | null): boolean {
  if (wanted === null || wanted === 'NULL') return value === null;
  if (name !== 'request' && name !== 'response') {
    return value === (name === 'task_id' ? uuidOf(String(wanted)) : String(wanted));
  }
  return value !== null && isDeepStrictEqual(JSON.parse(value), parsed(wanted));
}

function uuidOf(id: string): string {
  return tasks.find(({ task_id }) => task_id === id || toHex24(task_id) === id)?.task_id ?? id;
}

function parsed(wanted: unknown): unknown {
  try {
    return JSON.parse(wanted as string);
  } catch {
    return wanted;
  }
}

function isLike(pattern: string, value: string): boolean {
  const [text, wanted] = [value.toLowerCase(), pattern.toLowerCase()];
  if (!pattern.includes('%')) return text.includes(wanted);
  const source = wanted
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** Filters over values that there are, and some that there are not. */
function filters(): fc.Arbitrary<object> {
  const valuesOf = (name: string) =>
    [...new Set(tasks.map((task) => task[name]).filter((value) => value !== null))] as string[];
  const textValue = (name: string) =>
    fc.oneof(
      fc.constantFrom(...valuesOf(name)),
      fc.constantFrom('', 'a', 'running', '50', 'é', "'; drop table tasks; --"),
    );
  const operators = (
    value: fc.Arbitrary<unknown>,
    comparable: fc.Arbitrary<unknown>,
    pattern: fc.Arbitrary<string>,
  ) => {
    const nullable = fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constantFrom('NULL', null) });
    const list = fc.array(nullable, { maxLength: 4 });
    const one = fc.oneof(
      fc.record({ eq: nullable }),
      fc.record({ neq: nullable }),
      fc.record({ in: list }),
      fc.record({ nin: list }),
      fc.record({ lt: comparable }),
      fc.record({ gte: comparable, lte: comparable }),
      fc.record({ gt: comparable }),
      fc.record({ like: pattern }),
    );
    return fc.oneof(
      value,
      list,
      one,
      one.map((part) => ({ not: part })),
      fc.array(one, { maxLength: 3 }).map((parts) => ({ or: parts })),
      fc.array(one, { maxLength: 3 }).map((parts) => ({ and: parts })),
    );
  };
  const patterns = fc.constantFrom(
    '%',
    '_',
    '%_',
    'import',
    'USER-1',
    '%-d%',
    'x: y',
    '":"',
    'E_tity%',
    '%50\\%',
    '50%_',
    '2024-02-2%',
  );
  const conditions = [
    ...TEXTS.map((name) =>
      fc.record({
        [name]: operators(
          name === 'task_id' ? textValue(name).map((id) => id) : textValue(name),
          textValue(name),
          patterns,
        ),
      }),
    ),
    ...JSONS.map((name) => {
      const texts = fc.constantFrom(...valuesOf(name), '{"b":"x: y, z","a":1}', 'a', '12', '{}');
      return fc.record({ [name]: operators(texts, texts, patterns) });
    }),
    ...DAYS.map((name) => {
      const days = fc.constantFrom('2024-02-27', '2024-02-28', '2024-02-29', '2024-03-01', '2023-12-31');
      return fc.record({ [name]: operators(days, days, patterns) });
    }),
  ];
  const { node } = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      ...conditions,
      fc.tuple(...conditions.slice(0, 3)).map((parts) => Object.assign({}, ...parts)),
      fc.record({ and: fc.array(tie('node'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('node'), { maxLength: 3 }) }),
      fc.record({ not: tie('node') }),
    ),
  }));
  return node;
}

test('whatever is filtered, exactly those tasks are found that the filter says, and counted', async () => {
  expect(tasks).toHaveLength(60);
  expect(tasks.filter(({ request }) => request === '{"a":1,"b":"x: y, z"}').length).toBeGreaterThan(0);
  await fc.assert(
    fc.asyncProperty(filters(), async (filter) => {
      const answer = await search({ filter });
      expect([answer.status, filter]).toEqual([200, filter]);
      const wanted = tasks.filter((task) => matches(filter, task)).map(({ task_id }) => task_id);
      const found = (answer.json as unknown as WireTask[]).map(({ task_id }) => task_id);
      expect([found, filter]).toEqual([wanted, filter]);
      expect(answer.headers.get('x-pagination-total-count')).toBe(String(wanted.length));
    }),
    { numRuns: 400 },
  );
});

test('a task is found by either spelling of its id', async () => {
  const { task_id } = tasks[5] as WireTask;
  for (const id of [task_id, toHex24(task_id), task_id.toUpperCase()]) {
    for (const filter of [{ task_id: id }, { task_id: { in: [id, 'no id'] } }, { task_id: [id] }]) {
      expect((await search({ filter })).json).toMatchObject([{ task_id }]);
    }
  }
});

describe('dates', () => {
  const count = async (filter: unknown) => (await search({ filter })).headers.get('x-pagination-total-count');

  test('are calendar days in UTC, to their last millisecond', async () => {
    expect(await count({ created_at: '2024-02-27' })).toBe('15');
    expect(await count({ created_at: { gt: '2024-02-29' } })).toBe('15');
    expect(await count({ created_at: { gte: '2024-02-28', lt: '2024-03-01' } })).toBe('30');
  });

  test('can be moments, with an offset and to the millisecond', async () => {
    expect(await count({ created_at: '2024-02-27T23:59:59.999Z' })).toBe('15');
    expect(await count({ created_at: '2024-02-28T01:59:59.999+02:00' })).toBe('15');
    expect(await count({ created_at: '2024-02-27 23:59:59' })).toBe('0');
    expect(await count({ updated_at: { gte: '2024-02-28T00:00:00.030Z', lt: '2024-02-29' } })).toBe('10');
  });
});

describe('a filter that cannot be read is refused, and told why', () => {
  const nested = (depth: number) => JSON.parse(`${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`);
  test.each<[string, unknown, RegExp]>([
    ['an unknown attribute', { name: 'x' }, /"filter.name" is not an attribute; use task_id, handler,/],
    [
      'an unknown attribute inside',
      { or: [{ status: 'pending' }, { x: 1 }] },
      /"filter\.or\[1\]\.x" is not an attribute/,
    ],
    ['an unknown operator', { status: { like_: 'x' } }, /"filter\.status\.like_" is not an operator; use and, or/],
    ['an inherited name', { constructor: 1 }, /"filter\.constructor" is not an attribute/],
    ['an inherited operator', { status: { toString: 1 } }, /is not an operator/],
    ['a list', [], /filter must be an object/],
    ['a number', 5, /filter must be an object/],
    ['text that is no JSON', '{', /must be an object, or its JSON: "\{"/],
    ['a group that is no list', { or: { status: 'x' } }, /filter\.or must have an array/],
    ['in without a list', { status: { in: 'x' } }, /filter\.status\.in must have an array/],
    ['an object as a text', { status: { eq: { a: 1 } } }, /must be compared with a string/],
    ['a day that there is not', { created_at: '2024-02-30' }, /filter\.created_at must be compared with a date/],
    ['a moment that there is not', { created_at: { lt: '2024-02-28T25:00:00Z' } }, /must be compared with a date/],
    ['a year 0', { created_at: '0000-01-01' }, /must be compared with a date/],
    ['the order of NULL', { entity_id: { lt: 'NULL' } }, /NULL can only be compared/],
    ['a NUL', { handler: 'a\0' }, /U\+0000/],
    ['a NUL in JSON', { request: { eq: { a: '\0' } } }, /U\+0000/],
    ['an unpaired surrogate', { handler: '\ud800' }, /unpaired surrogate/],
    ['an unpaired surrogate in JSON', { request: ['"\\ud800"'] }, /unpaired surrogate/],
    ['a very long pattern', { handler: { like: '%a'.repeat(200) } }, /at most 256 characters/],
    ['too many levels', nested(30), /at most 20 levels/],
    ['too many values', { status: Array.from({ length: 1_001 }, () => 'x') }, /at most 1000 conditions and values/],
  ])('%s', async (_name, filter, message) => {
    const answer = await search({ filter });
    expect([answer.status, answer.json]).toEqual([422, [{ field: 'filter', message: expect.stringMatching(message) }]]);
  });

  test('ten thousand levels, of the filter and of a value in it', async () => {
    const deep = `${'{"not":'.repeat(10_000)}{}${'}'.repeat(10_000)}`;
    for (const [filter, message] of [
      [deep, /at most 20 levels/],
      [`{"request":{"eq":${deep}}}`, /at most 100 levels/],
    ] as const) {
      const answer = await server.ask('/v2/task/index', {
        method: 'POST',
        token,
        headers: { 'content-type': 'application/json' },
        body: `{"filter":${filter}}`,
      });
      expect([answer.status, answer.json]).toEqual([
        422,
        [{ field: 'filter', message: expect.stringMatching(message) }],
      ]);
    }
  });

  test('__proto__, in the body and in the query string', async () => {
    const filter = '{"__proto__":{"status":"pending"}}';
    const problem = [{ field: 'filter', message: expect.stringMatching('"filter.__proto__" is not an attribute') }];
    const body = { method: 'POST', token, headers: { 'content-type': 'application/json' } };
    const inBody = await server.ask('/v2/task/index', { ...body, body: `{"filter":${filter}}` });
    expect([inBody.status, inBody.json]).toEqual([422, problem]);
    const inQuery = await search({}, `?filter=${encodeURIComponent(filter)}`);
    expect([inQuery.status, inQuery.json]).toEqual([422, problem]);
  });

  test('and so is any JSON at all, never with a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom('status', 'request', 'created_at', 'or'),
        async (value, name) => {
          expect([200, 422]).toContain((await search({ filter: { [name]: value } })).status);
          expect([200, 422]).toContain((await search({ filter: value })).status);
        },
      ),
      { numRuns: 150 },
    );
  });
});
