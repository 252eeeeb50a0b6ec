import type { Resource } from '../../../resources/resource.ts';

/** Where the rows of a chunk go. */
export interface ImportTarget {
  readonly resource: Resource;
  readonly organizationId: string;
  readonly override: boolean;
  /** Whether a value that a row does not have stays as it is in its record. */
  readonly keepsBlanks?: boolean;
  /** Whether a row whose key has no record becomes one. */
  readonly inserts: boolean;
  /** The table's columns of the rows' values, in their order; the open one last. */
  readonly columns: readonly string[];
  /** The `jsonb` column of open columns, where the file has some: its members are merged, and null ones removed. */
  readonly openColumn?: string;
  /** Whether only to find out what would become of the rows. */
  readonly dryRun: boolean;
  /**
   * What the last chunk has taught, from 0 to 1: of how many of its keys there were records, `undefined` before the first chunk; and how
   * many of those it changed.
   */
  readonly memory: { known: number | undefined; changed: number };
}
