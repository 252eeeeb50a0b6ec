import { FileMissingError, type FileStore, newKey, type StoredBytes } from '../../files/file-store.ts';
import type { Pool } from '../../store/connection/pool.ts';
import { announceFiles, forgetRemoved } from '../../store/files/files.ts';
import type { Quotas } from '../platform/quotas.ts';
import { ServiceError } from '../platform/service-error.ts';

/** A third of the hour for which an announcement is good: two attempts may fail. */
const RENEW_MILLISECONDS = 20 * 60_000;

/** Takes in the files of one request. */
export interface Intake {
  /**
   * Stores bytes under a key that is already in the deletion queue, so that they are found whatever happens.
   *
   * @throws StoreFullError; ServiceError `quota_exceeded`, `unavailable` (a sweep deleted it as abandoned)
   */
  put(bytes: AsyncIterable<Buffer>): Promise<StoredBytes>;
  /** Keeps a file when the request ends: a task uses it, or that is unknown and the deletion queue decides. */
  leave(key: string): void;
}

/** A sweep has deleted an upload as abandoned. */
export function uploadGivenUp(): ServiceError {
  return new ServiceError('unavailable', 'The upload took too long and was discarded. Upload the file again.');
}

interface IntakeContext {
  readonly pool: Pool;
  readonly files: FileStore;
  readonly quotas?: Quotas;
}

/** Runs `use` with an intake for an organization; what it took in and did not leave is removed in the end. */
export async function withIntake<T>(
  { pool, files, quotas }: IntakeContext,
  organizationId: string,
  use: (intake: Intake) => Promise<T>,
): Promise<T> {
  const keys = new Set<string>();
  const renew = setInterval(() => announceFiles(pool, [...keys]).catch(() => {}), RENEW_MILLISECONDS).unref();
  try {
    return await use({
      async put(bytes) {
        const key = newKey();
        await announceFiles(pool, [key]);
        keys.add(key);
        return files.put(quotas ? quotas.metered(organizationId, bytes) : bytes, key).catch((error: unknown) => {
          throw error instanceof FileMissingError ? uploadGivenUp() : error;
        });
      },
      leave: (key) => void keys.delete(key),
    });
  } finally {
    clearInterval(renew);
    await removeAll({ pool, files }, [...keys]).catch(() => {});
  }
}

/** A file that cannot be deleted now is in the deletion queue. */
async function removeAll({ pool, files }: IntakeContext, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  for (const key of keys) await files.remove(key);
  await forgetRemoved(pool, keys);
}
