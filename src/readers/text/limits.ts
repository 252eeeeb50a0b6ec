const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** What bounds a reader's memory, and the damage a hostile file can do. All are overridable, mostly for tests. */
export interface ReadLimits {
  /** Longest record, in bytes of UTF-8 without its line end. A longer one is an error of its line. Default 1 MiB. */
  readonly maxRecordBytes: number;
  /**
   * How many times larger than the stored file its decompressed content may be. Default 200: real CSV shrinks 5 to 30
   * times, deflate can reach 1,032. Content up to 64 MiB is always let through, since small repetitive files shrink more.
   */
  readonly maxExpansion: number;
  /** Most bytes a compressed file may hold, whatever its size. Default 64 GiB. */
  readonly maxInflatedBytes: number;
  /** Bytes looked at together. Default 64 KiB: it stays in the L2 cache, and larger ones measured 10–30 % slower. */
  readonly windowBytes: number;
}

export const DEFAULT_LIMITS: ReadLimits = {
  maxRecordBytes: MiB,
  maxExpansion: 200,
  maxInflatedBytes: 64 * GiB,
  windowBytes: 64 * KiB,
};

/** Content that a compressed file may always hold, in bytes. */
export const ALWAYS_INFLATED = 64 * MiB;
