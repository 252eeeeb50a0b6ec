/** The first bytes of a stream, fewer than `count` only where it is shorter; the stream is closed. */
export async function readStart(chunks: AsyncIterable<Buffer>, count: number): Promise<Buffer> {
  const start: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    start.push(chunk);
    length += chunk.length;
    if (length >= count) break;
  }
  return Buffer.concat(start).subarray(0, count);
}

/** The stream without its first `count` bytes. */
export async function* dropStart(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left -= Math.min(left, chunk.length);
  }
}
