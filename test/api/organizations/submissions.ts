import type { Socket } from 'node:net';
import { expect } from 'vitest';
import { storedFiles } from '../../support/data/stored-files.ts';
import type { Answer, TestServer } from '../server.ts';

/** The largest upload that the tests' server takes, bytes. */
export const MAX = 64 * 1024 * 1024;
export const ACTION = { action: 'import-inventory-items' };

/** Where an organization submits, and what came of it. */
export interface Desk {
  readonly server: TestServer;
  readonly organizationId: string;
  readonly slug: string;
  readonly token: string;
  /** Of its tasks. */
  readonly path: string;
  submit(body: NonNullable<RequestInit['body']>, headers?: Record<string, string>): Promise<Answer>;
  /** Submits a form that was written by hand. */
  submitRaw(body: string, headers?: Record<string, string>): Promise<Answer>;
  /** The head of a submission, by hand. */
  head(headers: Record<string, string>): string;
  /** How many tasks there are. */
  tasks(): Promise<number>;
  /** Whether a refused submission left no task and no file but those `before`. */
  nothingLeft(before: readonly string[]): Promise<void>;
}

/** Makes an organization that submits. */
export async function openDesk(server: TestServer, slug: string): Promise<Desk> {
  const organizationId = await server.organization(slug);
  const token = await server.token(organizationId);
  const path = `/v1/organizations/${slug}/bulk-tasks`;
  const submit: Desk['submit'] = (body, headers = {}) => server.ask(path, { method: 'POST', token, body, headers });
  async function tasks(): Promise<number> {
    const { rows } = await server.pool.query('select count(*) as n from tasks where organization_id = $1', [
      organizationId,
    ]);
    return rows[0].n;
  }
  return {
    server,
    organizationId,
    slug,
    token,
    path,
    submit,
    submitRaw: (body, headers) => submit(body, { 'content-type': 'multipart/form-data; boundary=XX', ...headers }),
    head(headers) {
      const all = {
        Host: 'x',
        Authorization: `Bearer ${token}`,
        'Content-Type': 'multipart/form-data; boundary=XX',
        ...headers,
      };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
    },
    tasks,
    async nothingLeft(before) {
      await expect.poll(() => storedFiles(server)).toEqual(before);
      expect(await tasks()).toBe(0);
    },
  };
}

/** Parts one after the other, written by hand. */
export function multipart(...parts: (readonly [head: string, content: string])[]): string {
  return `${parts.map(([head, content]) => `--XX\r\n${head}\r\n\r\n${content}\r\n`).join('')}--XX--\r\n`;
}

export const field = (name: string, value: string) =>
  [`Content-Disposition: form-data; name="${name}"`, value] as const;
export const file = (content: string, head = 'filename="a.csv"', type = 'text/csv') =>
  [`Content-Disposition: form-data; name="file"; ${head}\r\nContent-Type: ${type}`, content] as const;

export function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

export function collect(socket: Socket): { text: string; closed: boolean; error: Error | undefined } {
  const answer: { text: string; closed: boolean; error: Error | undefined } = {
    text: '',
    closed: false,
    error: undefined,
  };
  socket.on('data', (data) => {
    answer.text += data.toString('utf8');
  });
  socket.on('error', (error) => {
    answer.error = error;
  });
  socket.on('close', () => {
    answer.closed = true;
  });
  return answer;
}
