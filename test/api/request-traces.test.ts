import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RequestTracer, TracedRequest } from '../../src/api/operating/request-traces.ts';
import { submitExport } from '../../src/service/submit/submit-export.ts';
import { anyone, somebody } from '../support/engine.ts';
import { askRaw, form, openServer, type TestServer, THREE_ROWS } from './server.ts';

/** Which requests are traced, and what is told of them. */
type Traced = Omit<TracedRequest, 'headers'> & { readonly status?: number | undefined };

let server: TestServer;
let organization: string;
let token: string;
let ended: Traced[];

const CONTEXT = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'a=b' };

const tracer: RequestTracer = {
  begin: ({ headers: _, ...request }) => ({
    context: CONTEXT,
    end: (status) => void ended.push({ ...request, ...(status !== undefined && { status }) }),
  }),
};

beforeAll(async () => {
  server = await openServer({ tracer });
  organization = await server.organization('traced');
  token = await server.token(organization);
});
beforeEach(() => {
  ended = [];
});
afterAll(() => server.close());

const told = () => expect.poll(() => ended);

async function contexts(): Promise<unknown[]> {
  const { rows } = await server.pool.query('select trace_context from tasks order by created_at');
  return rows.map((row) => row.trace_context);
}

test('a request is told by its route and its path, never by its query', async () => {
  await server.ask(`/v1/organizations/traced/bulk-tasks/none?q=secret`, { token });
  await told().toEqual([
    {
      ...{ method: 'GET', scheme: 'http', status: 400 },
      route: '/v1/organizations/:organizationId/bulk-tasks/:bulkTaskId',
      path: '/v1/organizations/traced/bulk-tasks/none',
    },
  ]);
});

test('of a path where nothing is, nothing is told', async () => {
  await server.ask('/made/up?by=somebody');
  await told().toEqual([{ method: 'GET', scheme: 'http', status: 404 }]);
});

test('probes are not traced', async () => {
  await server.ask('/livez');
  await server.ask('/readyz');
  await server.ask('/docs');
  await told().toMatchObject([{ route: '/docs' }]);
});

test('a request whose client leaves before its answer ends without a status', async () => {
  const path = `/v1/organizations/traced/bulk-tasks`;
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: multipart/form-data; boundary=b`;
  await askRaw(server.port, `${head}\r\ncontent-length: 1000\r\n\r\n--b`, 200);
  await told().toHaveLength(1);
  expect(ended[0]).toMatchObject({ method: 'POST', path });
  expect(ended[0]).not.toHaveProperty('status');
});

test('a task keeps the trace of the request that made it; one that no request made has none', async () => {
  const body = form({ action: 'import-inventory-items' }, THREE_ROWS);
  await server.ask('/v1/organizations/traced/bulk-tasks', { method: 'POST', token, body });
  const headers = { 'content-type': 'application/json' };
  const asked = JSON.stringify({ handler: 'ExportHandler', request: { resource: 'devices', format: 'csv' } });
  await server.ask('/v2/task/create', { method: 'POST', token, headers, body: asked });
  const order = { organizationId: organization, origin: 'task-v2', createdBy: somebody, asker: anyone };
  await submitExport(server, order, { resource: 'devices', format: 'csv' }, () => undefined);
  expect(await contexts()).toEqual([CONTEXT, CONTEXT, null]);
});
