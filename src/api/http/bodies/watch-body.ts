import type { IncomingMessage } from 'node:http';
import type { Pace } from '../limits/http-limits.ts';

/** Looks so often within a pace's patience, and once a second at least. */
const LOOKS = 20;

export interface Watched {
  readonly request: IncomingMessage;
  readonly pace: Pace;
  /** Whether the client has been told to send; until then it is not behind. */
  readonly mayStart: () => boolean;
  /** Called when the client has fallen behind; and again, if it sends on all the same, each time it has been for as long again. */
  readonly onSlow: () => void;
}

/**
 * Watches how fast a body arrives, without touching it. Bytes that have arrived and that nobody has read are the server's delay:
 * the client is behind only while the server waits for it.
 */
export function watchBody({ request, pace, mayStart, onSlow }: Watched): void {
  const { socket } = request;
  let credit = pace.patience;
  let seen = socket.bytesRead;
  let heardAt = performance.now();
  let lookedAt = heardAt;

  function look(): void {
    if (request.complete || socket.destroyed) {
      stop();
      return;
    }
    const now = performance.now();
    const bytes = socket.bytesRead - seen;
    seen += bytes;
    const waiting = mayStart() && request.readableLength === 0;
    if (waiting) credit -= now - lookedAt;
    if (bytes > 0 || !waiting) heardAt = now;
    credit += (bytes / pace.rate) * 1_000;
    credit = Math.min(credit, pace.patience);
    lookedAt = now;
    if (credit > 0 && now - heardAt < pace.silence) return;
    credit = pace.patience;
    heardAt = now;
    onSlow();
  }

  const timer = setInterval(look, Math.min(1_000, Math.min(pace.patience, pace.silence) / LOOKS));
  timer.unref();
  const stop = () => clearInterval(timer);
  request.once('end', stop).once('close', stop);
}

/** Whether a request has a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Whether a request has a body that is not there yet. */
export function isSending(request: IncomingMessage): boolean {
  return hasBody(request) && !request.complete && !request.destroyed;
}
