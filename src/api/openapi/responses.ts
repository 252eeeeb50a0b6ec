import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Envelope } from '../errors/envelope.ts';
import type { FailureCode } from '../errors/failure.ts';
import { type Content, type DeclaredRoute, isZod } from './declared-route.ts';

/** A response as the document has it. */
export interface Response {
  readonly status: string;
  readonly description: string;
  /** Descriptions of the headers that only this response has, by name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when it has no body. */
  readonly content: Content;
}

/** What any route can fail with; the dialect's envelope says under which status. */
const ANYWHERE: readonly FailureCode[] = [
  'invalid',
  'malformed',
  'no_token',
  'invalid_token',
  'insufficient_scope',
  'not_found',
  'too_many_requests',
  'issuer_unavailable',
  'unavailable',
  'busy',
  'too_slow',
  'internal',
];
/** What one can that has a body read. */
const WITH_BODY: readonly FailureCode[] = [
  'unsupported_media_type',
  'unsupported_encoding',
  'too_large',
  'request_timeout',
];

/** What a route declares that it answers, and what it can fail with whether it says so or not. */
export function responsesOf(route: DeclaredRoute, envelope: Envelope): Response[] {
  const failures = failuresOf(route, envelope);
  const declared = Object.entries(route.responses).map(([status, { description, headers = {}, content }]) => ({
    status,
    description: description ?? reasonOf(status),
    headers,
    content: isZod(content)
      ? toContent(content, Number(status) < 400 ? 'application/json' : failures.mediaType)
      : content,
  }));
  const missing = failures.statuses
    .filter(({ status }) => !(status in route.responses))
    .map(({ status, schema }) => ({
      status,
      description: reasonOf(status),
      headers: {},
      content: toContent(schema, failures.mediaType),
    }));
  return [...declared, ...missing].sort((a, b) => Number(a.status) - Number(b.status));
}

/** Each failure is worded once to see its status; its schema is the one, of those that the route declares for failures, that takes the body. */
function failuresOf({ method, path, responses }: DeclaredRoute, envelope: Envelope) {
  const schemas = Object.entries(responses).flatMap(([status, { content }]) =>
    Number(status) < 400 ? [] : isZod(content) ? [content] : Object.values(content),
  );
  const codes = method === 'GET' ? ANYWHERE : [...ANYWHERE, ...WITH_BODY];
  const request = { path, requestId: 'a-request', acceptLanguage: undefined };
  const worded = codes.map((code) => {
    const problems = code === 'invalid' ? [{ field: 'body', message: 'is not valid' }] : [];
    return envelope.word({ code, message: 'A sentence.', problems, headers: {} }, request);
  });
  const statuses = new Map(
    worded.map(({ status, body }) => [
      String(status),
      schemas.find((schema) => schema.safeParse(body).success) ?? z.unknown(),
    ]),
  );
  return {
    mediaType: worded[0]?.contentType.split(';')[0] ?? '',
    statuses: [...statuses].map(([status, schema]) => ({ status, schema })),
  };
}

function toContent(schema: z.ZodType, mediaType: string): Content {
  return schema instanceof z.ZodNull ? {} : { [mediaType]: schema };
}

function reasonOf(status: string): string {
  return STATUS_CODES[status] ?? status;
}
