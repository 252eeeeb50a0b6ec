import type { TaskErrorCode } from './errors.ts';
import type { Counters } from './ledger.ts';
import type { TaskStatus } from './lifecycle.ts';

/** What the submitter asks of an import. */
export interface ImportConfig {
  /** A line whose key exists already: `true` updates the record, `false` skips the line. */
  readonly override: boolean;
  /** Target column → header of the file. */
  readonly mapping?: Readonly<Record<string, string>>;
  /** Target column → value for every line. */
  readonly constants?: Readonly<Record<string, string>>;
  /** How dates are written, such as `M/D/YY`; ISO dates are always read. */
  readonly dateFormat?: string;
  /** Character set the file was declared to have; a byte-order mark wins over it. */
  readonly encoding?: string;
}

/** Who submitted a task, as known at that moment (organizations page, `createdBy`). */
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

/** Where in the input the next chunk starts: see readers/reader.ts. */
export interface TaskCursor {
  readonly offset: number;
  readonly line: number;
}

/** Crashes near one place of the input, until the work is past it; `items` is how many lines were done before the first. */
export interface CrashMark {
  readonly count: number;
  readonly items: number;
}

export interface Task {
  readonly id: string;
  readonly organizationId: string;
  /** Such as `import-inventory-items`. */
  readonly action: string;
  readonly status: TaskStatus;
  readonly config: ImportConfig;
  readonly file?: StoredFile;
  readonly createdBy: Submitter;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** Grows with every change that a client can see. */
  readonly version: number;
  readonly counters: Counters;
  /** Bytes of the stored file that are done with. */
  readonly consumedBytes: number;
  readonly warnings: readonly string[];
  readonly error?: TaskFailure;
}

/** Why a task failed or by whom it was cancelled. */
export interface TaskFailure {
  readonly code: TaskErrorCode | 'cancelled';
  readonly message: string;
}
