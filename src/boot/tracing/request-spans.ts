import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { RequestTracer } from '../../api/operating/request-traces.ts';
import { contextIn, contextOf } from './contexts.ts';

/** A method that is none of these is a client's invention. */
const METHODS: ReadonlySet<string> = new Set([
  ...['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'],
]);

/**
 * Server spans by the stable conventions for HTTP (https://opentelemetry.io/docs/specs/semconv/http/http-spans/), with the attributes
 * that they require; of those that they recommend none, since these name the client.
 */
export function traceRequestsWith(tracer: Tracer): RequestTracer {
  return {
    begin({ method, route, path, scheme, headers }) {
      const known = METHODS.has(method);
      const span = tracer.startSpan(
        [known ? method : 'HTTP', route].filter(Boolean).join(' '),
        {
          kind: SpanKind.SERVER,
          attributes: {
            'http.request.method': known ? method : '_OTHER',
            'url.scheme': scheme,
            ...(route !== undefined && { 'http.route': route }),
            ...(path !== undefined && { 'url.path': path }),
          },
        },
        contextIn(headers),
      );
      return {
        context: contextOf(span),
        end(status) {
          if (status !== undefined) span.setAttribute('http.response.status_code', status);
          if (status !== undefined && status >= 500) {
            span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
  };
}
