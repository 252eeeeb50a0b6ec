import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { SliceTracer } from '../../engine/tracer.ts';
import { contextIn } from './contexts.ts';

/**
 * A slice's span is a child of the request's, which is over by then: so a task is one trace. Its kind says that nobody waits for it
 * (`CONSUMER`, https://opentelemetry.io/docs/specs/otel/trace/api/#spankind). It has sums of its chunks, and no spans of them: a large
 * task has thousands.
 */
export function traceSlicesWith(tracer: Tracer): SliceTracer {
  return {
    begin({ taskId, action, activity, number, parent }) {
      const span = tracer.startSpan(
        `${activity} slice`,
        {
          kind: SpanKind.CONSUMER,
          attributes: {
            'openbulk.task.id': taskId,
            'openbulk.task.action': action,
            'openbulk.operation': activity,
            'openbulk.slice.number': number,
          },
        },
        contextIn(parent ?? {}),
      );
      return {
        end(end, { chunks, rows, seconds }, error) {
          let all = 0;
          for (const [outcome, count] of Object.entries(rows)) {
            all += count;
            span.setAttribute(`openbulk.rows.${outcome}`, count);
          }
          for (const [stage, time] of Object.entries(seconds))
            span.setAttribute(`openbulk.slice.${stage}_seconds`, time);
          span.setAttributes({
            'openbulk.slice.end': end,
            'openbulk.slice.rows': all,
            'openbulk.slice.chunks': chunks,
          });
          if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
  };
}
