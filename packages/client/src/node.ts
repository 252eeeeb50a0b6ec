import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';

/** A file of the disk for `submitImport`, with its name; its bytes are read when they are sent. @throws when it cannot be read */
export async function openFile(path: string): Promise<File> {
  return new File([await openAsBlob(path)], basename(path));
}
