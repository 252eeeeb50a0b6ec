import type { TaskErrorCode } from './errors.ts';
import type { Counters } from './ledger.ts';
import type { TaskStatus } from './lifecycle.ts';
import type { Origin } from './origins.ts';

export const importModes = ['insert', 'update', 'delete'] as const;
export type ImportMode = (typeof importModes)[number];

export const blankCells = ['clear', 'keep'] as const;
/** What a blank cell does to a record that is there: removes its value, or leaves it. */
export type BlankCells = (typeof blankCells)[number];

/** What the submitter asks of an import. */
export interface ImportConfig {
  /** A line whose key exists already: `true` updates the record, `false` skips the line. */
  readonly override: boolean;
  /**
   * What `override` cannot say: with `insert`, a line whose key exists is an error, with `update` one whose key does not; with `delete`, a line
   * deletes the record of its key.
   */
  readonly mode?: ImportMode;
  /** Not given: `clear`. */
  readonly blankCells?: BlankCells;
  /** Target column → header of the file. */
  readonly mapping?: Readonly<Record<string, string>>;
  /** Target column → value for every line. */
  readonly constants?: Readonly<Record<string, string>>;
  /** How dates are written, such as `M/D/YY`, where `formats` says nothing of a column; ISO dates are always read. */
  readonly dateFormat?: string;
  /** Target column → how the file writes its dates, such as `M/D/YY`, or its numbers, such as `1.234,56`. */
  readonly formats?: Readonly<Record<string, string>>;
  /** Cells, beside blank ones, that say that there is no value, such as `NULL`. */
  readonly missingValues?: readonly string[];
  /** Rows that end before the header does are taken, and the cells that they lack as blank; else they are errors. */
  readonly allowShortRows?: true;
  /** Character set the file was declared to have; a byte-order mark wins over it. */
  readonly encoding?: string;
  /** Finds out what would become of every line, and writes no record. */
  readonly dryRun?: true;
  /** The first column of the file says which lines they are: of those that the task's parent has, which it corrects, or of what was checked. Made by the service alone. */
  readonly numbered?: true;
  /** Lines that were sent with those of the file, and left out: they were corrected before. Made by the service alone. */
  readonly leftOut?: number;
  /** Lines that were left out since they could not be read when they were sent first, and are as they were then. Made by the service alone. */
  readonly untouched?: number;
}

/** What an import does with a resource's records, as permissions name it. */
export function importVerb({ mode }: ImportConfig): 'import' | 'delete' {
  return mode === 'delete' ? 'delete' : 'import';
}

/** What a patch is told beside its file: nothing so far. */
export type PatchConfig = Readonly<Record<string, never>>;

/** What an action does to a device (docs/api/actions.md "Action types"). */
export const actionTypes = ['block', 'deny', 'throttle', 'monitor', 'allow', 'cleanup'] as const;
export type ActionType = (typeof actionTypes)[number];

/** What can be done to the records of any resource that allows it: set some of their columns, or delete them. */
export const recordActionTypes = ['set', 'delete'] as const;

/** Also `revert`: what puts back the values that a `set` for a time has found. Made by the service alone. */
export type ActType = ActionType | (typeof recordActionTypes)[number] | 'revert';

/** What the submitter asks of an action on the records that a criteria matches. */
export interface ActConfig {
  readonly type: ActType;
  /** The criteria as it was given, parsed from JSON. */
  readonly criteria: unknown;
  /** Of `set`: column → value, as it was given, parsed from JSON; null for no value. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Seconds after which a record goes back to what it was before; 0: never. */
  readonly durationSeconds: number;
  readonly reason: string;
  /** Never more records than this are changed; 0: no limit. */
  readonly maxLimit: number;
  /** Records that matched when the task was made. */
  readonly previewCount: number;
  /** The preview whose records are the only ones that may be touched. */
  readonly previewId?: string;
}

/** What an action does with a resource's records, as permissions name it. */
export function actVerb(type: ActType): 'act' | 'delete' {
  return type === 'delete' ? 'delete' : 'act';
}

export const exportFormats = ['csv', 'ndjson', 'json'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What the submitter asks of an export. */
export interface ExportConfig {
  readonly format: ExportFormat;
  /** Which records, as it was given, parsed from JSON; all when not given. */
  readonly criteria?: unknown;
}

/** An external handler is told everything in its `request`. */
export type ExternalConfig = Readonly<Record<string, never>>;

/** What is done and what it is told. */
export type TaskWork =
  | { readonly operation: 'import'; readonly config: ImportConfig }
  | { readonly operation: 'patch'; readonly config: PatchConfig }
  | { readonly operation: 'act'; readonly config: ActConfig }
  | { readonly operation: 'export'; readonly config: ExportConfig }
  | { readonly operation: 'external'; readonly config: ExternalConfig };

export type Operation = TaskWork['operation'];

/** Who submitted a task, as known at that moment (docs/api/organizations.md "The task object"). */
export interface Submitter {
  /** UUID spelling; the dialects spell it as they need. */
  readonly id: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly fullName?: string;
  readonly picture?: string;
}

/** An upload in the file store. */
export interface StoredFile {
  readonly id: string;
  /** Its name in the file store. */
  readonly key: string;
  /** The name it had where it came from. */
  readonly originalName: string;
  readonly mimetype: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the bytes as they were sent, in lower-case hex. */
  readonly sha256: string;
}

/**
 * Where the next chunk starts. Of an input: see readers/reader.ts. Of records: how many came before, the last one's id, and how many were
 * changed, where there may not be more than some.
 */
export interface TaskCursor {
  readonly offset: number;
  readonly line: number;
  readonly after?: string;
  readonly changed?: number;
}

interface TaskFacts {
  readonly id: string;
  readonly organizationId: string;
  /** Such as `import-inventory-items`, `block-devices`; of an external task the name of its handler. */
  readonly action: string;
  /** The version of its resource with which it began; not given where the program brings the resource. */
  readonly resourceId?: string;
  readonly status: TaskStatus;
  /** The dialect in which it was made. */
  readonly origin: Origin;
  /** What it works on. */
  readonly file?: StoredFile;
  /** What it made. */
  readonly result?: StoredFile;
  /** The task whose file it runs on. */
  readonly parentId?: string;
  readonly createdBy: Submitter;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly statusChangedAt: Date;
  /** Not before this. */
  readonly scheduledAt?: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** Whether its input was looked at, so that its work is cut up. */
  readonly planned: boolean;
  /** Grows with every change that a client can see. */
  readonly version: number;
  readonly counters: Counters;
  readonly progress: Progress;
  readonly warnings: readonly string[];
  readonly error?: TaskFailure;
  /** Since when it is archived: hidden unless history is requested. */
  readonly historizedAt?: Date;
  /** Since when its files and its lines are gone. */
  readonly purgedAt?: Date;
}

export type Task = TaskFacts & TaskWork;

/** As much of a task as tells where it is in its life. */
export type TaskLife = Pick<
  TaskFacts,
  'id' | 'status' | 'planned' | 'createdAt' | 'statusChangedAt' | 'scheduledAt' | 'startedAt'
>;

/** How far a task is: bytes of its stored file (import, patch), records looked at (act), rows written (export). */
export interface Progress {
  readonly done: number;
  /** Not known before the work is planned. */
  readonly total?: number;
}

/** Why a task failed, or who cancelled it. */
export interface TaskFailure {
  readonly code: TaskErrorCode | 'cancelled';
  readonly message: string;
  /** The name of the person who cancelled the task. */
  readonly by?: string;
}
