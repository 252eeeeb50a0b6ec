/**
 * The embedded PostgreSQL cannot be started, for a reason that a person can resolve. The message says what is wrong, where,
 * and how to resolve it; it is printed unchanged, without a stack.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is exceeded',
  // Also what Node makes of a read-only parent.
  ENOENT: 'a folder is missing or could not be created',
  ENOTDIR: 'a part of the path is not a folder',
};

/** The `code` of a Node or PostgreSQL error, '' for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Explains an error of the data folder; returns any other error unchanged. */
export function explainRefusal(error: unknown, dataDir: string): unknown {
  const reason = UNWRITABLE[codeOf(error)];
  if (reason === undefined || !(error instanceof Error)) return error;
  return new EmbeddedPostgresError(
    `PostgreSQL cannot use ${dataDir}: ${reason} (${error.message}). ` +
      'Free some space or give OpenBulk write permission, set OPENBULK_DATA to another folder, ' +
      'or set DATABASE_URL to a PostgreSQL of your own.',
    { cause: error },
  );
}
