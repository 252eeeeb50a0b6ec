import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTION, type Desk, field, file, multipart, openDesk } from '../organizations/submissions.ts';
import { openServer, type TestServer, THREE_ROWS } from '../server.ts';

/** What took minutes or megabytes before; nothing of it may be seen by those who ask at the same time. */
let server: TestServer;
let desk: Desk;
let fixes: string;

beforeAll(async () => {
  server = await openServer();
  desk = await openDesk(server, 'acme');
  const task = await desk.submitRaw(multipart(field('action', ACTION.action), file(THREE_ROWS)));
  fixes = `${desk.path}/${task.json.data?.id}/fixes`;
});
afterAll(() => server.close());

const list = (length: number, of: string) => `[${Array(length).fill(of).join(',')}]`;

function post(path: string, body: string) {
  const headers = { 'content-type': 'application/json' };
  return server.ask(path, { method: 'POST', token: desk.token, headers, body });
}

test.each(['/v2/task/create', '/api/actions/bulk/preview', '/auth/sign-out'])(
  'a body of 256 KiB is looked at by %s, and one byte more is not',
  async (path) => {
    const body = (length: number) => `{"x":"${'x'.repeat(length - 8)}"}`;
    const ask = async (length: number) => (await post(path, body(length))).status;
    expect([await ask(256 * 1024), await ask(256 * 1024 + 1)]).toEqual([
      expect.not.stringMatching('413'),
      path.startsWith('/auth') ? 404 : 413,
    ]);
  },
);

describe('rows to correct', () => {
  const EXPECTED = 'Invalid input: expected';

  test('of which two hundred thousand are wrong are refused for some of them', async () => {
    const answer = await post(fixes, `{"rows":${list(9_999, `{"line":0,"cells":${list(90, '0')}}`)}}`);
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(50_000);
    const problems = answer.json.error?.data as unknown as { field: string; problem: string }[];
    expect(problems).toHaveLength(100);
    expect(problems[0]?.field).toBe('rows.0.line');
    expect(problems[1]).toEqual({ field: 'rows.0.cells.0', problem: expect.stringContaining(EXPECTED) });
  });

  test.each([
    ['too many rows', list(10_001, '0'), 'rows'],
    ['a million things that are no rows', list(1_000_000, '0'), 'rows'],
    ['no list', '{"length":3}', 'rows'],
    ['nothing', '[]', 'rows'],
    ['a row that is nothing', '[{"line":2,"cells":["a"]},null]', 'rows.1'],
    ['a row without cells', '[{"line":2}]', 'rows.0.cells'],
    ['a line that is none', '[{"line":1.5,"cells":[]}]', 'rows.0.line'],
    ['a cell that is far behind, and none', `[{"line":2,"cells":[${'"",'.repeat(1000)}1]}]`, 'rows.0.cells.1000'],
    ['a cell that cannot be stored', '[{"line":2,"cells":["\\u0000"]}]', 'rows.0.cells.0'],
  ])('that are %s are told of where they are wrong', async (_what, rows, at) => {
    const answer = await post(fixes, `{"rows":${rows}}`);
    expect([answer.status, answer.json.error?.data?.[0]?.field]).toEqual([400, at]);
  });

  test('of more than 2 MiB are a report', async () => {
    expect((await post(fixes, `{"rows":${list(10_000, `{"line":2,"cells":["${'x'.repeat(200)}"]}`)}}`)).status).toBe(
      413,
    );
  });
});

test('a mapping of twenty thousand columns that there are not is refused for some of them', async () => {
  const mapping = JSON.stringify(Object.fromEntries(Array.from({ length: 15_000 }, (_, i) => [`k${i}`, 'x'])));
  for (const name of ['mapping', 'constants']) {
    const answer = await desk.submitRaw(multipart(field('action', ACTION.action), field(name, mapping), file('x')));
    expect([answer.status, answer.json.error?.data?.[99]?.field]).toEqual([400, `${name}.k99`]);
    expect(answer.text.length).toBeLessThan(150_000);
  }
});

test('a file of a million columns is not previewed', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=XX' };
  const body = multipart(file(`${','.repeat(1_000_000)}x`));
  const answer = await server.ask(`${desk.path}/preview`, { method: 'POST', token: desk.token, headers, body });
  expect([answer.status, answer.json.error?.data?.[0]?.problem]).toEqual([
    400,
    expect.stringContaining('100000 columns'),
  ]);
});
