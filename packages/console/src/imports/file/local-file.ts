/** A file that can no longer be read as it was chosen: it was changed, moved or deleted meanwhile, and the browser gives nothing of it. */
export class FileChanged extends Error {
  override readonly name = 'FileChanged';
}

/** The first bytes of a file. @throws FileChanged */
export async function readStart(file: File, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.slice(0, bytes).arrayBuffer());
  } catch (cause) {
    throw new FileChanged('The file can no longer be read.', { cause });
  }
}
