import type { Bench } from '../../support/engine.ts';
import type { Answer, Ask, TestServer } from '../server.ts';

export const BULK = '/api/actions/bulk';
/** Every device. */
export const ALL = { all: [] };
export const APPLE = { field: 'vendor', op: 'eq', value: 'Apple, Inc.' };

/** A client of the dialect, of one organization. */
export interface ActionsClient {
  readonly organizationId: string;
  readonly token: string;
  ask(path: string, ask?: Ask): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Makes a job: of a block of every device unless something else is said. */
  submit(body?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  job(id: unknown): Promise<Answer>;
}

export async function openClient(server: TestServer, slug: string): Promise<ActionsClient> {
  const organizationId = await server.organization(slug);
  const token = await server.token(organizationId);
  const ask: ActionsClient['ask'] = (path, options) => server.ask(`${BULK}${path}`, { token, ...options });
  const post: ActionsClient['post'] = (path, body, headers = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    organizationId,
    token,
    ask,
    post,
    submit: (body = {}, headers) =>
      post('/jobs', { criteria_json: ALL, action_type: 'block', action_reason: 'lost', ...body }, headers),
    job: (id) => ask(`/jobs/${id}`),
  };
}

/** Waits until a job is over, and asks for it. */
export async function finishedJob(server: Bench, client: ActionsClient, answer: Answer): Promise<Answer> {
  const { job_id: id } = answer.json as unknown as { job_id: string };
  await server.finished({ id, organizationId: client.organizationId } as Parameters<Bench['finished']>[0]);
  return client.job(id);
}
