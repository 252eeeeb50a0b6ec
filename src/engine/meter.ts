import type { Operation } from '../task/task.ts';

/** What a worker is at: the operation of the task, and a dry run of an import by itself, since it writes no record. */
export const activities = ['import', 'dry_run', 'patch', 'act', 'export'] as const;
export type Activity = (typeof activities)[number];

/** What became of rows; `exported` are those of an export, which gives them no outcome. */
export const rowOutcomes = ['inserted', 'updated', 'deleted', 'skipped', 'errored', 'exported'] as const;
export type RowOutcome = (typeof rowOutcomes)[number];

/** What a worker spends a chunk's time on: reading and checking its records, the database's work on them, waiting for the commit. */
export const chunkStages = ['prepare', 'apply', 'commit'] as const;
export type ChunkStage = (typeof chunkStages)[number];

/**
 * How a slice ended: with the task's end (`completed`, `failed`); to make way (`yielded`); at a step that was too large (`cut`); since the
 * task was stopped or taken over (`lost`); for a reason unrelated to the records, such as an outage or a stop (`interrupted`); or with the
 * records at work under suspicion (`crashed`).
 */
export type SliceEnd = 'completed' | 'failed' | 'yielded' | 'cut' | 'lost' | 'interrupted' | 'crashed';

/** Why records are suspect: their worker was gone, did nothing for too long, or met an error that only they explain. */
export const crashCauses = ['worker_lost', 'hang', 'error'] as const;
export type CrashCause = (typeof crashCauses)[number];

/** An event of a worker. JSON, so that it can be sent to another process. */
export type WorkEvent =
  /** A turn was taken; the organization had waited for it so long. */
  | { readonly what: 'turn'; readonly waitSeconds: number }
  /** A chunk was committed. */
  | {
      readonly what: 'chunk';
      readonly activity: Activity;
      /** Those that there are. */
      readonly rows: Readonly<Partial<Record<RowOutcome, number>>>;
      readonly seconds: Readonly<Record<ChunkStage, number>>;
    }
  | { readonly what: 'slice'; readonly activity: Activity; readonly end: SliceEnd }
  /** A chunk's transaction conflicted with another one and is retried. */
  | { readonly what: 'conflict'; readonly activity: Activity }
  | { readonly what: 'crash'; readonly cause: CrashCause }
  /** The database could not be reached; told once, until it could be for a while. */
  | { readonly what: 'outage' };

/** Takes note of what workers do: some times for each chunk, never for each row. It does not throw. */
export type Meter = (event: WorkEvent) => void;

/** What a worker is at with a claimed task. An external task is no worker's, and never claimed. */
export function activityOf({ operation, config }: { operation: Operation; config: object }): Activity {
  if (operation === 'import' && 'dryRun' in config && config.dryRun === true) return 'dry_run';
  return operation as Activity;
}
