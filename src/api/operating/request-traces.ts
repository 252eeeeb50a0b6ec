import type { IncomingHttpHeaders } from 'node:http';
import type { TraceContext } from '../../task/trace-context.ts';
import { traceWith } from '../access/request-scope.ts';
import type { App } from '../zod.ts';
import { loggedTarget } from './log-serializers.ts';

/** A request that begins. */
export interface TracedRequest {
  readonly method: string;
  /** The pattern of its route, such as `/v1/organizations/:organizationId/bulk-tasks`; not given: there is none. */
  readonly route?: string;
  /** Without the query; given with a route. */
  readonly path?: string;
  readonly scheme: string;
  /** Those of the trace that its client has begun are looked at. */
  readonly headers: IncomingHttpHeaders;
}

export interface RequestSpan {
  /** From where what is made of the request goes on. */
  readonly context: TraceContext;
  /** @param status not given: nothing of an answer was sent */
  end(status?: number): void;
}

/** Makes a span of each request. Nothing of it throws. */
export interface RequestTracer {
  begin(request: TracedRequest): RequestSpan;
}

/** What machines ask every few seconds. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz']);

/** Traces every request but probes. The scope of a request must be open already. */
export function traceRequests(app: App, tracer: RequestTracer): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { method, headers, protocol: scheme, routeOptions } = request;
    const route = routeOptions.url;
    if (PROBES.has(route)) return done();
    // Where there is nothing, anything may be asked for.
    const known = route !== undefined && { route, path: loggedTarget(request.url).split('?', 1)[0] ?? '' };
    const span = tracer.begin({ method, scheme, headers, ...known });
    traceWith(span.context);
    const { raw } = reply;
    raw.once('close', () => span.end(raw.headersSent ? raw.statusCode : undefined));
    done();
  });
}
