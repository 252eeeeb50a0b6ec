import { Agent, request as open } from 'node:http';
import fc from 'fast-check';
import type { Given, Operation } from './operations.ts';
import { valid } from './samples.ts';

/** A request of an operation, before it is written down for HTTP. */
export interface Parts {
  /** Encoded already. */
  readonly path: Readonly<Record<string, string>>;
  /** Encoded already, without `?`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export interface Body {
  /** None: there is no body, or nobody says what it is. */
  readonly type?: string;
  readonly bytes?: Buffer;
}

/** A request with everything that an operation requires and its ids, and nothing else; the same one each time. */
export async function plainRequest(operation: Operation, ids: Readonly<Record<string, string>>): Promise<Parts> {
  const { parameters, requestBody, document } = operation;
  const required = parameters.filter(({ name, required }) => required || name in ids);
  const values = required.map(({ name, in: place, schema }) => ({
    name,
    place,
    value: ids[name] ?? String(once(valid(schema, document))),
  }));
  const at = (place: string) =>
    Object.fromEntries(values.filter((each) => each.place === place).map(({ name, value }) => [name, value]));
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return {
    path: Object.fromEntries(Object.entries(at('path')).map(([name, value]) => [name, encodeURIComponent(value)])),
    query: new URLSearchParams(at('query')).toString(),
    headers: at('header'),
    body: content && type ? await encodeBody(type, named(once(valid(content.schema, document)), ids)) : {},
  };
}

function once<T>(arbitrary: fc.Arbitrary<T>): T {
  return fc.sample(arbitrary, { seed: 1, numRuns: 1 })[0] as T;
}

/** `value` with ids of ours wherever a member of it holds one. */
function named(value: unknown, ids: Readonly<Record<string, string>>): unknown {
  return JSON.parse(JSON.stringify(value), (key, member) =>
    key !== '' && Object.hasOwn(ids, key) ? ids[key] : member,
  );
}

/** Writes a value down as a media type says. */
export async function encodeBody(type: string, value: unknown): Promise<Body> {
  if (type === 'multipart/form-data') return encodeForm(value);
  if (typeof value === 'string' && !type.endsWith('/json')) return { type, bytes: Buffer.from(value) };
  const lines = /jsonl|ndjson/.test(type) && Array.isArray(value) ? value : [value];
  return { type, bytes: Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')) };
}

async function encodeForm(value: unknown): Promise<Body> {
  const form = new FormData();
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  // The file last, as a form should have it.
  for (const [name, field] of fields.sort(([a], [b]) => Number(a === 'file') - Number(b === 'file'))) {
    const text = typeof field === 'string' ? field : (JSON.stringify(field) ?? '');
    form.append(name, name === 'file' ? new Blob([text]) : text);
  }
  const encoded = new Response(form);
  return { type: encoded.headers.get('content-type') ?? '', bytes: Buffer.from(await encoded.arrayBuffer()) };
}

const agent = new Agent({ keepAlive: true });

/**
 * Sends a request exactly as it is written, where `fetch` would tidy it. Of an event stream, which may have no end, it takes the first
 * piece.
 */
export function send(port: number, { method, path }: Operation, parts: Parts, token: string): Promise<Given> {
  const { type, bytes } = parts.body;
  const target = path.replace(/\{(\w+)\}/g, (_, name) => parts.path[name] ?? '') + (parts.query && `?${parts.query}`);
  const headers = {
    authorization: `Bearer ${token}`,
    ...parts.headers,
    ...(type !== undefined && { 'content-type': type }),
    ...(bytes && { 'content-length': bytes.length }),
  };
  return new Promise((resolve, reject) => {
    const request = open({ host: '127.0.0.1', port, method, path: target, headers, agent }, (response) => {
      const given = { status: response.statusCode ?? 0, headers: response.headers };
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (!response.headers['content-type']?.startsWith('text/event-stream')) return;
        resolve({ ...given, text });
        request.destroy();
      });
      response.on('end', () => resolve({ ...given, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(bytes);
  });
}
