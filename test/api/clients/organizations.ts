import createClient from 'openapi-fetch';
import type { paths } from './generated/organizations.js';

/** A program as somebody writes it with the types that openapi-typescript makes of the document. */
export default async function run(baseUrl: string, token: string, organizationId: string): Promise<unknown> {
  const { GET, POST, DELETE } = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const list = '/v1/organizations/{organizationId}/bulk-tasks';
  const path = { organizationId };
  const submitted = await POST(list, {
    params: { path, header: { 'Idempotency-Key': 'one' } },
    body: {
      action: 'import-inventory-items',
      override: true,
      file: 'basic.name,basic.type,identifiers.serialNumber\nOne,laptop,S1\n',
    },
    bodySerializer(body) {
      const form = new FormData();
      for (const [name, value] of Object.entries(body)) {
        form.append(name, name === 'file' ? new Blob([String(value)], { type: 'text/csv' }) : String(value));
      }
      return form;
    },
  });
  if (!submitted.data) throw new Error(submitted.error.error.message);
  const { id, status, config, report, file } = submitted.data.data;
  const pending: 'pending' | 'inProgress' | 'completed' | 'failed' = status;
  const page = await GET(list, {
    params: {
      path,
      query: { page: 1, limit: 10, sort: 'name:desc', status: 'pending', action: 'import-inventory-items' },
    },
  });
  const next: number | undefined = page.data?.data.nextPage;
  const one = await GET(`${list}/{bulkTaskId}`, { params: { path: { ...path, bulkTaskId: id } } });
  const missing = await GET(`${list}/{bulkTaskId}`, {
    params: { path: { ...path, bulkTaskId: '507f1f77bcf86cd799439023' } },
  });
  const code: number | undefined = missing.error?.error.code;
  const early = await DELETE(`${list}/{bulkTaskId}`, { params: { path: { ...path, bulkTaskId: id } } });
  return {
    statuses: [submitted, page, one, missing, early].map(({ response }) => response.status),
    pending,
    override: config.override,
    items: report.numItems,
    name: file?.originalName !== undefined,
    listed: page.data?.data.items.map((task) => task.id === id),
    next: next ?? null,
    code,
  };
}
