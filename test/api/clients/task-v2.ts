import createClient from 'openapi-fetch';
import type { paths } from './generated/task-v2.js';

/** A program as somebody writes it with the types that openapi-typescript makes of the document. */
export default async function run(baseUrl: string, token: string): Promise<unknown> {
  const { GET, POST, PUT, DELETE } = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const made = await POST('/v2/task/create', {
    body: { handler: 'MyHandler', user_id: 'user-1', request: { pages: 2 } },
  });
  if (!made.data) throw new Error(JSON.stringify(made.error));
  const id = made.data.task_id;
  const path = { id };
  const word: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled' = made.data.status;
  const entity: string | null = made.data.entity_id;
  const found = await POST('/v2/task/index', {
    body: { filter: { handler: 'MyHandler', status: 'pending' }, 'per-page': 10, page: 1, sort: '-created_at' },
  });
  const updated = await PUT('/v2/task/update/{id}', {
    params: { path },
    body: { status: 'in_progress', response: '{"a": 1}' },
  });
  const viewed = await GET('/v2/task/view/{id}', { params: { path } });
  const kept = await DELETE('/v2/task/delete/{id}', { params: { path } });
  const gone = await DELETE('/v2/task/delete/{id}', { params: { path, query: { force: true } } });
  return {
    statuses: [made, found, updated, viewed, kept, gone].map(({ response }) => response.status),
    word,
    entity,
    found: found.data?.map(({ task_id }) => task_id === id),
    total: found.response.headers.get('X-Pagination-Total-Count'),
    response: viewed.data?.response,
  };
}
