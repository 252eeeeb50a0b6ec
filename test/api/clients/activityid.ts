import createClient from 'openapi-fetch';
import type { paths } from './generated/activityid.js';

/** A program as somebody writes it with the types that openapi-typescript makes of the document. */
export default async function run(baseUrl: string, token: string): Promise<unknown> {
  const { GET, PATCH } = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const received = await PATCH('/activityid/v1/user/bulk', {
    body: '{"object_id":"1","name":"Ann"}\n',
    bodySerializer: (body) => body,
    headers: { 'Content-Type': 'application/jsonl' },
  });
  if (!received.data) throw new Error(received.error.result.message);
  const { bulkId, status, createdOn } = received.data.content;
  const word: 'received' | 'scheduled' | 'processing' | 'completed' | 'failed' = status;
  const all = await GET('/activityid/v1/user/bulk', { params: { header: { 'Accept-Language': 'es_ES' } } });
  const one = await GET('/activityid/v1/user/bulk/{bulkId}', { params: { path: { bulkId } } });
  const results = await GET('/activityid/v1/user/bulk/{bulkId}/results', {
    params: { path: { bulkId }, query: { limit: 10 } },
  });
  const missing = await GET('/activityid/v1/user/bulk/{bulkId}', { params: { path: { bulkId: 'none' } } });
  return {
    statuses: [received, all, one, results, missing].map(({ response }) => response.status),
    word,
    same: [all.data?.content[0]?.createdOn === createdOn, one.data?.content.bulkId === bulkId],
    message: all.data?.result.message,
    results: results.data?.content.results.map(({ line, outcome }) => `${line} ${outcome}`),
    missing: missing.error?.result.status,
  };
}
