import type { FastifyRequest } from 'fastify';
import { isOwnPage, type Whereabouts } from '../own-url.ts';
import type { App } from '../zod.ts';

/** Bytes of a form: a name and a password. */
const MAX_FORM = 16 * 1024;

/** What a browser sends of a form. */
export type Form = Readonly<Record<string, string>>;

/** Lets the routes of a scope take forms, and nothing else. */
export function acceptForms(scope: App): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_FORM },
    async (_request: FastifyRequest, body: string | Buffer) => Object.fromEntries(new URLSearchParams(body.toString())),
  );
}

/** The form that a request of a page of ours carries; `undefined` when it comes from elsewhere. */
export function formOf(place: Whereabouts, request: FastifyRequest): Form | undefined {
  return isOwnPage(place, request) ? ((request.body ?? {}) as Form) : undefined;
}
