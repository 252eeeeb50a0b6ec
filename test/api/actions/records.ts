import { expect } from 'vitest';
import type { Permission } from '../../../src/auth/permissions.ts';
import type { Desk } from '../resources/desk.ts';
import type { Answer, Json, TestServer } from '../server.ts';
import { BULK } from './actions.ts';

/** Whoever sets and deletes records by criteria. */
export interface Acting {
  /** Asks in the dialect, with all permissions unless others are named. */
  ask(path: string, body?: unknown, permissions?: readonly Permission[]): Promise<Answer>;
  /** A job on all records, unless criteria are given; with a reason. */
  job(body: Record<string, unknown>, permissions?: readonly Permission[]): Promise<Answer>;
  /** Makes a job and gives it when it is over. */
  done(body: Record<string, unknown>): Promise<Json>;
  /** Of a refused request: what is wrong with which member. */
  refused(body: Record<string, unknown>): Promise<Record<string, string>>;
}

const ALL_RECORDS = { all: [] };

export function act(server: TestServer, { organizationId }: Pick<Desk, 'organizationId'>): Acting {
  const ask: Acting['ask'] = async (path, body, permissions) =>
    server.ask(BULK + path, {
      token: await server.token(organizationId, permissions),
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  const job: Acting['job'] = (body, permissions) =>
    ask('/jobs', { criteria_json: ALL_RECORDS, action_reason: 'tidy', ...body }, permissions);
  return {
    ask,
    job,
    async done(body) {
      const made = await job(body);
      expect(made.status, made.text).toBe(201);
      const id = String(made.json.job_id);
      await server.working(() => server.finished({ id, organizationId } as Parameters<TestServer['finished']>[0]));
      const { json } = await ask(`/jobs/${id}`);
      expect([json.status, json.error]).toEqual(['completed', undefined]);
      return json;
    },
    async refused(body) {
      const answer = await job(body);
      expect(answer.status, answer.text).toBe(400);
      return answer.json.details as unknown as Record<string, string>;
    },
  };
}

/** `field op value`, as criteria. */
export function where(field: string, op: string, value: unknown): object {
  return { field, op, value };
}
