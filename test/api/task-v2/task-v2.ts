import { newId } from '../../../src/task/ids.ts';
import type { TaskStatus } from '../../../src/task/lifecycle.ts';
import type { Answer, TestServer } from '../server.ts';

/** Asks task-v2; `path` is what follows its prefix, a body is sent as JSON. */
export function ask(
  { server, token }: { readonly server: TestServer; readonly token: string },
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return server.ask(`/v2/task${path}`, {
    method,
    token,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Puts a task there as if it had come to that state; an import unless `members` say otherwise. @returns its id */
export async function putTask(
  { server, organizationId }: { readonly server: TestServer; readonly organizationId: string },
  status: TaskStatus,
  members: Record<string, unknown> = {},
): Promise<string> {
  const row = {
    id: newId(),
    organization_id: organizationId,
    operation: 'import',
    origin: 'organizations',
    action: 'import-inventory-items',
    status,
    config: { override: false },
    created_by: { id: newId(), fullName: 'Ada' },
    ...members,
  };
  const names = Object.keys(row);
  await server.pool.query(
    `insert into tasks (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(row),
  );
  return row.id;
}

/** The ids of a list, in its order. */
export function idsOf(answer: Answer): unknown[] {
  return (answer.json as unknown as { task_id: string }[]).map(({ task_id }) => task_id);
}
