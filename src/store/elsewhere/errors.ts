/** Why a database that is not OpenBulk's own cannot be used for now: no record is at fault, and no task; it is tried again. */
export class ElsewhereError extends Error {
  override readonly name: string = 'ElsewhereError';
  /** Not before this. */
  readonly retrySeconds: number;

  /** @param message a sentence for people, which gives nothing of the connection away but its name */
  constructor(message: string, { retrySeconds = 1, cause }: { retrySeconds?: number; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.retrySeconds = retrySeconds;
  }
}

/** The setting that has the URL of a connection. */
export function settingOf(connection: string): string {
  return `OPENBULK_CONNECTION_${connection.toUpperCase()}`;
}

/** This process was not told where the database is; another one may know. */
export class UnknownConnectionError extends ElsewhereError {
  override readonly name = 'UnknownConnectionError';

  constructor(connection: string) {
    super(`This process does not know the connection ${connection}. Set ${settingOf(connection)}.`, {
      retrySeconds: 5,
    });
  }
}

/** The database cannot be reached, or does not answer. */
export class AwayError extends ElsewhereError {
  override readonly name = 'AwayError';

  constructor(connection: string, how: { readonly retrySeconds?: number; readonly cause?: unknown } = {}) {
    super(`The database of the connection ${connection} cannot be reached at the moment.`, how);
  }
}

/** The chunk was applied there before, which was not known when its work was opened: opened anew, it is. */
export class AppliedBeforeError extends ElsewhereError {
  override readonly name = 'AppliedBeforeError';

  constructor(cause: unknown) {
    super('The chunk has been applied already.', { retrySeconds: 0, cause });
  }
}
