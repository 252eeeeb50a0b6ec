/** The place in a trace from which work goes on, in the words of W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** Ids of the trace and of the span, and whether the trace is kept. */
  readonly traceparent: string;
  /** What systems that take part in the trace add to it. */
  readonly tracestate?: string;
}
