import type { LineError } from '../task/line-reasons.ts';

/** Bytes that can be read from any offset: an upload in the file store, a file, a buffer. */
export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  /** Streams the bytes from `offset` (default 0) to the end. Destroying the iterator's stream releases its resources. */
  open(offset?: number): AsyncIterable<Buffer>;
}

/** Where the next record starts, so that reading can go on there after a crash. */
export interface Cursor {
  /** Byte offset in the source after decompression and before any change of encoding. */
  readonly offset: number;
  /** 1-based physical line; the header is line 1. */
  readonly line: number;
}

/** One record of the input. With `error`, `cells` holds what could be told apart, for the report. */
export interface Row {
  /** 1-based physical line on which the record starts. */
  readonly line: number;
  readonly cells: readonly string[];
  readonly error?: LineError;
}

/** A line of NDJSON: the value on it, or what is wrong with it. */
export type JsonRow =
  | { readonly line: number; readonly value: JsonValue; readonly error?: undefined }
  | {
      readonly line: number;
      readonly error: LineError /** The line as it stands, unless it is too long. */;
      readonly text?: string;
    };

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export interface Batch<Item = Row> {
  readonly rows: Item[];
  /** Where the record after the last one of `rows` starts. */
  readonly cursor: Cursor;
  /** Bytes of the *stored* file read so far (compressed ones if it is compressed); for progress, never past its size. */
  readonly consumed: number;
  /** No record follows. The last batch may also hold rows. */
  readonly done: boolean;
  /** The line on which the header of the file is repeated between the rows, which is no row; the first where there are several. */
  readonly repeatedHeader?: number;
}

/** Reads records in file order; its memory is bounded by one batch and one buffer. */
export interface Reader<Item> {
  /** The next records: at most `limit.rows`, and no further one once their source bytes reach `limit.bytes`. */
  read(limit: { readonly rows: number; readonly bytes: number }): Promise<Batch<Item>>;
  close(): Promise<void>;
}

/** A reader of tables. */
export type RowReader = Reader<Row>;
