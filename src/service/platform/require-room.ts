import type { TaskContext } from '../tasks/task-context.ts';

/**
 * Checks that a file of so many bytes can be stored, before any of it comes.
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
