/**
 * The embedded PostgreSQL cannot be had, for a reason a person can act upon. The message says what is wrong, where,
 * and the ways out; it is meant to be printed as it is, without a stack.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  // Also what Node makes of a read-only parent.
  ENOENT: 'a folder is missing or cannot be made',
  ENOTDIR: 'a part of the path is not a folder',
};

/** The `code` of a Node or PostgreSQL error, '' for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Words what a data folder refused; anything else comes back as it is. */
export function explainRefusal(error: unknown, dataDir: string): unknown {
  const reason = UNWRITABLE[codeOf(error)];
  if (reason === undefined || !(error instanceof Error)) return error;
  return new EmbeddedPostgresError(
    `PostgreSQL cannot be kept in ${dataDir}: ${reason} (${error.message}). ` +
      'Make room there or give OpenBulk the right to write, set OPENBULK_DATA to another folder, ' +
      'or set DATABASE_URL to a PostgreSQL of your own.',
    { cause: error },
  );
}
