import { OpenBulkError } from './error.ts';

/** Of the first wait, ms; each is twice as long as the one before. */
const FIRST = 500;
const LONGEST = 8_000;
/** A server that wants to be left alone for longer than this is not waited for, ms. */
const PATIENCE = 120_000;

/** Statuses of a server, or of what lies before it, that is busy or away for a moment. */
const PASSING: readonly number[] = [429, 502, 503, 504];

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): error is OpenBulkError {
  return error instanceof OpenBulkError && (error.code === 'unreachable' || PASSING.includes(error.status));
}

/** Milliseconds to wait after so many failures: as long as the server says, else longer from time to time; Infinity when it asks for too much. */
export function waitAfter(failures: number, { retryAfter }: OpenBulkError): number {
  // Many clients of a restarted server should not come back all at once.
  if (retryAfter === undefined) return Math.min(FIRST * 2 ** (failures - 1), LONGEST) * (0.5 + Math.random() / 2);
  return retryAfter * 1000 > PATIENCE ? Number.POSITIVE_INFINITY : retryAfter * 1000;
}

/** @throws the reason of `signal` when it is aborted before the time is over */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
