import { expect } from 'vitest';
import type { Permission } from '../../../src/auth/permissions.ts';
import { parseId } from '../../../src/task/ids.ts';
import type { Task } from '../../../src/task/task.ts';
import { type Answer, form, type Json, type TestServer } from '../server.ts';

/** Where an organization declares its resources and works with them. */
export interface Desk {
  readonly organizationId: string;
  /** Asks under `/v1/organizations/{slug}`; with all permissions unless others are named. */
  ask(path: string, method?: string, body?: unknown, permissions?: readonly Permission[]): Promise<Answer>;
  /** Declares a resource. */
  put(declaration: object, query?: string): Promise<Answer>;
  plan(declaration: object): Promise<Answer>;
  /** A submission's task with its counters when it is over. */
  over(submitted: Answer): Promise<Json>;
  /** Imports a CSV through the API, and gives the task with its counters when it is over. */
  imported(resource: string, csv: string, fields?: Record<string, string>): Promise<Json>;
  /** The records of a resource, without what every record has. */
  records(resource: string, query?: string): Promise<Json[]>;
  /** What an export writes. */
  exported(resource: string, format: string): Promise<string>;
}

/** Makes an organization, and what it works with. */
export async function openDesk(server: TestServer, slug: string): Promise<Desk> {
  const organizationId = await server.organization(slug);
  const base = `/v1/organizations/${slug}`;
  const all = await server.token(organizationId);
  const ask: Desk['ask'] = async (path, method = 'GET', body, permissions) => {
    const token = permissions ? await server.token(organizationId, permissions) : all;
    const isForm = body instanceof FormData;
    return server.ask(base + path, {
      ...{ method, token },
      ...(body !== undefined && { body: isForm ? body : typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(body !== undefined && !isForm && { headers: { 'content-type': 'application/json' } }),
    });
  };
  const nameOf = (declaration: object) => (declaration as { openbulk: { name: string } }).openbulk.name;
  const finished = (id: string) =>
    server.working(() => server.finished({ id: parseId(id) as string, organizationId } as Task));
  async function over(task: Answer): Promise<Json> {
    expect(task.status, task.text).toBe(202);
    const { id } = task.json.data as Json;
    await finished(String(id));
    const { report, ...rest } = (await ask(`/bulk-tasks/${String(id)}`)).json.data as Json;
    return { ...rest, ...report } as Json;
  }
  return {
    organizationId,
    ask,
    put: (declaration, query = '') => ask(`/resources/${nameOf(declaration)}${query}`, 'PUT', declaration),
    plan: (declaration) => ask(`/resources/${nameOf(declaration)}/plan`, 'POST', declaration),
    over,
    imported: async (resource, csv, fields = {}) =>
      over(await ask('/bulk-tasks', 'POST', form({ action: `import-${resource}`, ...fields }, csv))),
    async records(resource, query = '') {
      const { json, text, status } = await ask(`/resources/${resource}/records?sort=createdAt:asc${query}`);
      expect(status, text).toBe(200);
      const items = (json.data as Json).items as unknown as Record<string, Json>[];
      return items.map(({ id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...values }) => values as Json);
    },
    async exported(resource, format) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ handler: 'ExportHandler', request: { resource, format } });
      const made = await server.ask('/v2/task/create', { method: 'POST', token: all, headers, body });
      expect(made.status, made.text).toBe(201);
      const id = String(made.json.task_id);
      await finished(id);
      return (await server.ask(`/v2/task/download/${id}`, { token: all })).text;
    },
  };
}

/** A declaration of customers. @param more fields beside `email`, `name` and `since` */
export function customers(...more: object[]): { fields: object[]; primaryKey: string; openbulk: { name: string } } {
  return {
    fields: [
      { name: 'email', type: 'string', format: 'email', constraints: { required: true } },
      { name: 'name', type: 'string', constraints: { required: true, maxLength: 20 } },
      { name: 'since', type: 'date' },
      ...more,
    ],
    primaryKey: 'email',
    openbulk: { name: 'customers' },
  };
}
