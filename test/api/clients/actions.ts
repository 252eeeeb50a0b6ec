import createClient from 'openapi-fetch';
import type { paths } from './generated/actions.js';

/** A program as somebody writes it with the types that openapi-typescript makes of the document. */
export default async function run(baseUrl: string, token: string): Promise<unknown> {
  const { GET, POST, DELETE } = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const asked = { criteria_json: { all: [] }, action_type: 'allow', max_limit: 5 };
  const preview = await POST('/api/actions/bulk/preview', { body: asked });
  if (!preview.data) throw new Error(preview.error.detail);
  const made = await POST('/api/actions/bulk/jobs', { body: { ...asked, preview_token: preview.data.preview_token } });
  if (!made.data) throw new Error(made.error.detail);
  const { job_id: id, scheduled_at, created_at, status } = made.data;
  const word: 'scheduled' | 'running' | 'completed' | 'failed' | 'cancelled' = status;
  const atOnce: boolean = scheduled_at === created_at;
  const one = await GET('/api/actions/bulk/jobs/{id}', { params: { path: { id } } });
  const list = await GET('/api/actions/bulk/jobs', { params: { query: { limit: 10, status: 'scheduled' } } });
  const early = await DELETE('/api/actions/bulk/jobs/{id}', { params: { path: { id } } });
  const cancelled = await POST('/api/actions/bulk/jobs/{id}/cancel', { params: { path: { id } } });
  const deleted = await DELETE('/api/actions/bulk/jobs/{id}', { params: { path: { id } } });
  return {
    statuses: [preview, made, one, list, early, cancelled, deleted].map(({ response }) => response.status),
    word,
    atOnce,
    begun: one.data?.executed_at ?? null,
    listed: list.data?.jobs.map(({ job_id }) => job_id === id),
    problem: early.error?.status,
    ends: [cancelled.data?.status, deleted.data?.success],
  };
}
