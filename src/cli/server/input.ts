import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RereadableFile, UploadFile } from '../../../packages/client/src/index.ts';
import { CommandError, UsageError } from '../terminal/exit.ts';

/** What is to be uploaded. */
export interface Input {
  /** The name it has where it comes from. */
  readonly name: string;
  /** Of a file, which can be read again; not of a pipe. */
  readonly file?: RereadableFile & {
    /** @param offset of the first byte; 0 if not given */
    stream(offset?: number): AsyncGenerator<Buffer>;
    sha256(): Promise<string>;
  };
  readonly bytes: UploadFile;
  close(): Promise<void>;
}

const READ_BYTES = 256 * 1024;
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
};

/** Opens a file, or standard input for `-`. @throws UsageError when it cannot be read */
export async function openInput(path: string): Promise<Input> {
  if (path === '-') return { name: 'stdin.csv', bytes: process.stdin, close: async () => {} };
  try {
    return await openPath(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new UsageError(`Could not read ${path}: ${UNREADABLE[code] ?? String(error)}.`, { cause: error });
  }
}

/** One handle for everything, so that a file replaced meanwhile is not half one and half the other. */
async function openPath(path: string): Promise<Input> {
  const handle = await open(path);
  const stat = await handle.stat();
  if (stat.isDirectory()) {
    await handle.close();
    throw Object.assign(new Error(path), { code: 'EISDIR' });
  }
  const name = basename(path);
  // A pipe, such as <(…) of a shell, has no size and can be read only once.
  if (!stat.isFile())
    return { name, bytes: handle.createReadStream(), close: async () => handle.close().catch(() => {}) };
  const { size } = stat;
  const stream = (offset = 0) => pieces(handle, size, offset);
  const file = { size, stream, sha256: () => sha256(stream()) };
  return { name, file, bytes: file, close: () => handle.close() };
}

/**
 * The bytes that the file had when it was opened: the request has promised so many. Not the handle's own stream: broken off, that closes
 * the handle, and the next attempt could read no more.
 */
async function* pieces(handle: FileHandle, size: number, offset: number): AsyncGenerator<Buffer> {
  for (let position = offset; position < size; ) {
    const length = Math.min(READ_BYTES, size - position);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0)
      throw new CommandError('The file became shorter while it was being read. Nothing was submitted.');
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function sha256(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}
