import type { Socket } from 'node:net';
import type pg from 'pg';

/** After the time of silence, for bytes that came in while this process did something else, ms. */
const LAST_LOOK = 1_000;

/** A connection got no response for longer than a statement can take. */
export class SilentConnectionError extends Error {
  override readonly name = 'SilentConnectionError';
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('The database connection does not respond although a statement is waiting.');
  }
}

/** The state of a connection, derived from its traffic. */
export interface ConnectionWatch {
  /** When the server last had answered everything, by `performance.now()`. */
  readonly heardAt: number;
  /** Closes the connection at once: what waits on it fails with `error`, and nothing waits for the other end. */
  destroy(error?: Error): void;
  /** From now on, the connection may be silent for so long, ms. */
  setSilence(milliseconds: number): void;
}

/**
 * Watches a connection for a peer that disappeared without a message: its machine lost power, or a firewall drops the packets
 * of connections that it has forgotten. TCP itself gives up on unacknowledged bytes after 15 minutes. Only while
 * a response is due: between the statements of a transaction, and in the pool, connections are silent by design.
 *
 * @param silence ms; longer than the server may take for a statement, so that a long one is ended by the server, which says so. 0: any
 */
export function watchConnection(client: pg.Client, silence: number): ConnectionWatch {
  // Of the driver's own, the last one it made: over TLS a socket on a socket.
  const socket = client.connection.stream as Socket;
  let answered = socket.bytesWritten;
  let heardAt = performance.now();
  // Everything that was asked has its answer.
  client.on('drain', () => {
    answered = socket.bytesWritten;
    heardAt = performance.now();
  });
  // Who waits for a statement is told by the statement.
  client.on('error', () => {});
  const owes = () => socket.bytesWritten > answered;
  socket.on('timeout', () => {
    // What is asked after a silence in which nothing was due has its own time.
    if (!owes()) return;
    const before = socket.bytesRead;
    setTimeout(() => {
      if (owes() && socket.bytesRead === before) socket.destroy(new SilentConnectionError());
    }, LAST_LOOK).unref();
  });
  socket.setTimeout(silence);
  return {
    get heardAt() {
      return heardAt;
    },
    destroy: (error) => void socket.destroy(error),
    setSilence: (milliseconds) => void socket.setTimeout(milliseconds),
  };
}
