/** How a command ends; documented in `openbulk --help`. */
export const EXIT = {
  ok: 0,
  /** The task failed or was cancelled, or the command could not do its work. */
  failed: 1,
  /** The command was called wrongly, or the server refused what it was asked (400). */
  usage: 2,
  /** The task completed, with errored lines. */
  erroredLines: 3,
  /** Left by Ctrl-C (128 + SIGINT). */
  interrupted: 130,
  /** Left because of SIGTERM (128 + 15). */
  terminated: 143,
} as const;

/** Ends the command with one clear sentence: what, where, what to do. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

/** The command was called wrongly. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { ...options, exitCode: EXIT.usage });
  }
}

/** Time that an ended command leaves for unfinished work, ms. */
const GRACE_MILLISECONDS = 100;

/** Ends the process of an ended command, even if an export of traces to an unresponsive collector would keep it running. */
export function leaveSoon(): void {
  setTimeout(() => process.exit(), GRACE_MILLISECONDS).unref();
}

/** Tells how the command ended, where that is not plain success: one of `EXIT`. */
export type SetExitCode = (code: number) => void;
