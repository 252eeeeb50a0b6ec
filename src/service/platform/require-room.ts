import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Checks that a file of this many bytes can be stored, before it arrives.
 *
 * @throws StoreFullError; ServiceError `quota_exceeded`
 */
export async function requireRoom(
  { files, quotas }: Pick<TaskContext, 'files' | 'quotas'>,
  organizationId: string,
  bytes: number,
): Promise<void> {
  await files.requireRoom(bytes);
  await quotas?.requireStorage(organizationId, bytes);
}
