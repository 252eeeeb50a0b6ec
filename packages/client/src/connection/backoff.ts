import { OpenBulkError } from '../error.ts';

/** A request that is made again, after a wait. */
export interface Retry {
  /** Why it has to be made again. */
  readonly error: OpenBulkError;
  /** Number of failures so far, from 1. */
  readonly failures: number;
  /** Milliseconds until it is made again. */
  readonly wait: number;
}

/** How long to wait for an unavailable server. */
export interface Patience {
  /** How often a request is made again. */
  readonly retries: number;
  /** Milliseconds of waiting in all; only that counts, not how long the attempts take. */
  readonly patience: number;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** Of the first wait, ms; each is twice as long as the one before. */
const FIRST = 500;
const LONGEST = 8_000;

/** Statuses of a server, or of what lies before it, that is busy or away for a moment. */
const PASSING: readonly number[] = [429, 502, 503, 504];

/**
 * Node's error codes for temporary connection failures. Not ENOTFOUND, which is a typing error far more often than a temporary failure,
 * and none of a certificate.
 */
const PASSING_CODE =
  /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_[A-Z_]+|HPE_[A-Z_]+|ERR_STREAM_PREMATURE_CLOSE)$/;

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): error is OpenBulkError {
  if (!(error instanceof OpenBulkError)) return false;
  if (error.code !== 'unreachable') return PASSING.includes(error.status);
  const { cause } = error;
  // Browsers give a TypeError without a code, whatever it is.
  return cause instanceof Error && 'code' in cause ? PASSING_CODE.test(String(cause.code)) : cause instanceof TypeError;
}

/**
 * What waits after a failure: as long as the server says, else longer from time to time.
 *
 * @returns a function that throws its error when there were as many as there may be, and the reason of `signal`
 */
export function openWaiting({ retries, patience, onRetry }: Patience, signal?: AbortSignal) {
  let failures = 0;
  let waited = 0;
  return async (error: OpenBulkError): Promise<void> => {
    failures += 1;
    // Many clients of a restarted server should not come back all at once.
    const growing = Math.min(FIRST * 2 ** (failures - 1), LONGEST) * (0.5 + Math.random() / 2);
    const wait = error.retryAfter === undefined ? growing : error.retryAfter * 1000;
    waited += wait;
    if (failures > retries || waited > patience) throw error;
    onRetry?.({ error, failures, wait });
    await sleep(wait, signal);
  };
}

/** @throws the reason of `signal` if it is aborted before the time has passed */
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
