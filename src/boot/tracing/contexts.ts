import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { TraceContext } from '../../task/trace-context.ts';

const propagator = new W3CTraceContextPropagator();

/** The parent that headers or a task name; none where they name none that is valid. */
export function contextIn(carrier: object): Context {
  return propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
}

/** How a span is named to others. */
export function contextOf(span: Span): TraceContext {
  const carrier = {};
  propagator.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
  return carrier as TraceContext;
}
