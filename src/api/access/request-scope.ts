import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestScope } from '../../service/platform/request-scope.ts';
import type { TraceContext } from '../../task/trace-context.ts';

/**
 * Fastify `onRequest`: from here on, the database knows what is asked of it for this request. What still runs when the client leaves is
 * cancelled.
 */
export function openScope(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const scope = new RequestScope();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) scope.leave();
  });
  scope.run(done);
}

/** Whose share of the connections the request uses. */
export function chargeTo(organizationId: string): void {
  const scope = RequestScope.current();
  if (scope) scope.organizationId = organizationId;
}

/** Of which trace the request is. */
export function traceWith(context: TraceContext): void {
  const scope = RequestScope.current();
  if (scope) scope.traceContext = context;
}
