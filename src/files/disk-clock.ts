import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The difference between two clocks is looked at again after this long. */
const TRUSTED_MILLISECONDS = 60_000;

/** What time it is where the files are, ms. */
export type DiskClock = () => Promise<number>;

/**
 * The clock that dates a folder's files: that of the machine which has the disk. Hosts that share it have other ones, and which of
 * them wrote a file is unknown. So a file is written to read the time that it gets.
 */
export function diskClock(folder: string): DiskClock {
  let seen: { readonly time: number; readonly at: number } | undefined;
  return async () => {
    if (!seen || performance.now() - seen.at > TRUSTED_MILLISECONDS) {
      seen = { time: await touch(folder), at: performance.now() };
    }
    return seen.time + (performance.now() - seen.at);
  };
}

async function touch(folder: string): Promise<number> {
  const path = join(folder, `.clock-${randomUUID()}`);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write('.');
    await file.sync();
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
