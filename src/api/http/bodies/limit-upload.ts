import { Refusal } from '../../errors/failure.ts';

/** Passes bytes on as they come. @throws Refusal `too_large` once there are more than `maxUploadBytes` */
export async function* limited(body: AsyncIterable<Buffer>, maxUploadBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxUploadBytes) throw tooLarge(maxUploadBytes);
    yield chunk;
  }
}

export function tooLarge(maxUploadBytes: number): Refusal {
  return new Refusal('too_large', `The file is larger than ${maxUploadBytes} bytes, the limit of this server.`);
}
