import { statfs } from 'node:fs/promises';
import { StoreFullError } from './file-store.ts';

/** Bytes that an upload writes before the disk is looked at again: what all at once may take of the reserve is that much each. */
const LOOK_BYTES = 8 * 1024 * 1024;

export interface DiskRoom {
  /** @throws StoreFullError if this many bytes would use the reserve */
  require(bytes: number): Promise<void>;
  /** For one upload. */
  watch(): {
    /** Announces that this many bytes are about to be written. @throws StoreFullError once the reserve is reached */
    take(bytes: number): Promise<void>;
  };
}

/** Says how many blocks there are, and how many are free. */
type Look = (folder: string) => Promise<{ readonly bavail: number; readonly bsize: number; readonly blocks: number }>;

/** The free space on the disk of a folder, without a reserve of bytes for others, such as a database on the same disk. */
export function diskRoom(folder: string, reserveBytes: number, look: Look = statfs): DiskRoom {
  async function require(bytes: number): Promise<void> {
    if (reserveBytes === 0) return;
    const { bavail, bsize, blocks } = await look(folder);
    // Some file systems do not know how large they are.
    if (blocks > 0 && bavail * bsize - bytes < reserveBytes) {
      throw new StoreFullError(
        `No space left in ${folder}: ${bavail * bsize} bytes are free, ${reserveBytes} are reserved`,
      );
    }
  }
  return {
    require,
    watch() {
      let unseen = Number.POSITIVE_INFINITY;
      return {
        async take(bytes) {
          unseen += bytes;
          if (unseen < LOOK_BYTES) return;
          await require(bytes);
          unseen = 0;
        },
      };
    },
  };
}
