-- The trace of the request that made a task, which the slices of the task go on with: W3C Trace Context, as a JSON object with
-- `traceparent` and `tracestate`. Null where no traces are kept.
alter table tasks add trace_context jsonb;
