import type { TraceContext } from '../task/trace-context.ts';
import type { Activity, ChunkStage, RowOutcome, SliceEnd } from './meter.ts';

/** A slice that begins. */
export interface TracedSlice {
  readonly taskId: string;
  readonly action: string;
  readonly activity: Activity;
  /** How many times the task was claimed, this one included. */
  readonly number: number;
  /** Of the request that made the task; not given: of none that is traced. */
  readonly parent?: TraceContext;
}

/** What a slice did, since it began. */
export interface SliceWork {
  readonly chunks: number;
  readonly rows: Readonly<Partial<Record<RowOutcome, number>>>;
  readonly seconds: Readonly<Record<ChunkStage, number>>;
}

/** The span of a slice. Neither function throws. */
export interface SliceSpan {
  /**
   * @param error what kind of error it ended with, where it did with one: a code or the name of its class, which quotes nothing
   */
  end(end: SliceEnd, work: SliceWork, error?: string): void;
}

/** Makes a span of each slice, in the trace of the request that made its task. */
export interface SliceTracer {
  begin(slice: TracedSlice): SliceSpan;
}

/** Adds up what a slice does, for its span. */
export interface SliceTrace {
  chunk(rows: SliceWork['rows'], seconds: SliceWork['seconds']): void;
  /** @param error not given: it did not end with one */
  end(end: SliceEnd, error?: unknown): void;
}

export function openTrace(tracer: SliceTracer, slice: TracedSlice): SliceTrace {
  const span = tracer.begin(slice);
  let chunks = 0;
  const rows: Partial<Record<RowOutcome, number>> = {};
  const seconds: Record<ChunkStage, number> = { prepare: 0, apply: 0, commit: 0 };
  return {
    chunk(some, its) {
      chunks += 1;
      for (const [outcome, count] of Object.entries(some)) add(rows, outcome as RowOutcome, count);
      for (const [stage, time] of Object.entries(its)) add(seconds, stage as ChunkStage, time);
    },
    end: (end, error) => span.end(end, { chunks, rows, seconds }, error === undefined ? undefined : kindOf(error)),
  };
}

function add<Name extends string>(sums: Partial<Record<Name, number>>, name: Name, value: number): void {
  sums[name] = (sums[name] ?? 0) + value;
}

/** The code of an error, as PostgreSQL, Node and tasks have one, or its class: a message may quote a record. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
