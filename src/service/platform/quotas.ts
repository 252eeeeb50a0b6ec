import type { Pool, Queryable } from '../../store/connection/pool.ts';
import { storedBytes } from '../../store/files/files.ts';
import { countTasks } from '../../store/lists/task-counts.ts';
import { isTerminal } from '../../task/lifecycle.ts';
import { ServiceError } from './service-error.ts';

/** What an organization may have at most; 0: no limit. */
export interface QuotaLimits {
  /** Bytes of the files of its tasks that are not purged. */
  readonly storedBytes: number;
  /** Tasks that are not over. */
  readonly openTasks: number;
}

/** Bounds what one organization takes of what all share. */
export interface Quotas {
  /** Passes on bytes that an organization stores. @throws ServiceError `quota_exceeded` where they are more than it may store */
  metered(organizationId: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  /** @param bytes that are to come, as far as that is known. @throws ServiceError `quota_exceeded` */
  requireStorage(organizationId: string, bytes: number): Promise<void>;
  /** @throws ServiceError `too_many_tasks` where an organization may not have another one that is not over */
  requireTask(db: Queryable, organizationId: string): Promise<void>;
}

/**
 * What is stored is added up again after this long: of an organization with a million files, that takes a tenth of a second. Beyond
 * its limit it gets at most what other processes take in meanwhile.
 */
const FRESH_MILLISECONDS = 10_000;
/** Before a request is refused, they are counted again after this long. */
const REFUSED_MILLISECONDS = 500;

/**
 * If an organization is this many tasks below its limit, they are not counted again for this long: all its servers together do not create as
 * many meanwhile, and to count them takes the database 0.4 ms.
 */
const FAR_FROM_FULL = { tasks: 10_000, milliseconds: 1_000 } as const;

interface Usage {
  stored: number;
  /** Taken in by this process since. */
  coming: number;
  measuredAt: number;
}

export function createQuotas({ pool }: { readonly pool: Pool }, limits: QuotaLimits): Quotas {
  const usages = new Map<string, Usage>();
  /** Since when organizations are known to be far from full. */
  const farFromFull = new Map<string, number>();

  async function usageOf(organizationId: string, fresh = FRESH_MILLISECONDS): Promise<Usage> {
    const known = usages.get(organizationId);
    if (known && performance.now() - known.measuredAt < fresh) return known;
    const measuredAt = performance.now();
    const stored = await storedBytes(pool, organizationId);
    const usage = usages.get(organizationId) ?? { stored, coming: 0, measuredAt };
    usages.set(organizationId, Object.assign(usage, { stored, measuredAt }));
    return usage;
  }

  function has({ stored, coming }: Usage, bytes: number): boolean {
    return stored + coming + bytes <= limits.storedBytes;
  }

  async function requireBytes(organizationId: string, bytes: number): Promise<Usage> {
    const usage = await usageOf(organizationId);
    // Before one is refused: some of it may have been deleted.
    if (has(usage, bytes) || has(await usageOf(organizationId, REFUSED_MILLISECONDS), bytes)) return usage;
    const message =
      `The organization can store ${limits.storedBytes} bytes of files and already has ${usage.stored + usage.coming}. ` +
      'Delete tasks that are over, or wait until their files go by themselves.';
    throw new ServiceError('quota_exceeded', message);
  }

  return {
    async *metered(organizationId, bytes) {
      if (limits.storedBytes === 0) return yield* bytes;
      const usage = await usageOf(organizationId);
      let mine = 0;
      let whole = false;
      try {
        for await (const chunk of bytes) {
          if (!has(usage, chunk.length)) await requireBytes(organizationId, chunk.length);
          mine += chunk.length;
          usage.coming += chunk.length;
          yield chunk;
        }
        whole = true;
      } finally {
        usage.coming -= mine;
        // Until it is measured again; then it is a task's, or was not taken.
        if (whole) usage.stored += mine;
      }
    },
    async requireStorage(organizationId, bytes) {
      if (limits.storedBytes > 0) await requireBytes(organizationId, bytes);
    },
    async requireTask(db, organizationId) {
      if (limits.openTasks === 0) return;
      const known = farFromFull.get(organizationId);
      if (known !== undefined && performance.now() - known < FAR_FROM_FULL.milliseconds) return;
      const counts = await countTasks(db, organizationId);
      const open = counts.reduce((sum, { status, tasks }) => sum + (isTerminal(status) ? 0 : tasks), 0);
      if (limits.openTasks - open > FAR_FROM_FULL.tasks) farFromFull.set(organizationId, performance.now());
      if (open < limits.openTasks) return;
      const message =
        `The organization has ${open} tasks that have not ended; its limit is ${limits.openTasks}. ` +
        'Wait until some end, or cancel some.';
      throw new ServiceError('too_many_tasks', message);
    },
  };
}
