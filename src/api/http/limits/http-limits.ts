/** How slowly a body may arrive. */
export interface Pace {
  /** For so long a client may be behind, ms: the first bytes may take so long, too. */
  readonly patience: number;
  /** What it must send on average, bytes a second; each of them buys time, up to `patience`. */
  readonly rate: number;
  /** A connection without a byte for this long is closed, ms. */
  readonly silence: number;
}

/** What a client may take of the server's time and connections; docs/operating.md tells them. */
export interface HttpLimits {
  /** From a connection, or from the first byte of a request on an open one, to the end of its headers, ms. */
  readonly headersMilliseconds: number;
  /** Of a body that is read whole before anything is done. */
  readonly body: Pace;
  /** Of a body that is stored as it arrives. */
  readonly upload: Pace;
  /** A client that reads nothing of its response for this long is disconnected, ms. */
  readonly unreadMilliseconds: number;
  /** An answer to a client that is still sending is followed by so much reading, whole and without a byte, ms. */
  readonly linger: { readonly whole: number; readonly silence: number };
  /** Open at a time. */
  readonly connections: number;
  /** Of these from one address that is no proxy's. */
  readonly connectionsOfAddress: number;
}

/**
 * 16 KiB/s and 10 s in advance: the largest JSON body, 1 MiB, takes 74 s at most, and a form from a bad mobile network arrives. An upload
 * may be as slow as a line of 8 kbit/s. The times of `linger` are nginx's (`lingering_time`, `lingering_timeout`), as is that of
 * `unread` (`send_timeout`).
 */
export const HTTP_LIMITS: HttpLimits = {
  headersMilliseconds: 15_000,
  body: { patience: 10_000, rate: 16 * 1024, silence: 10_000 },
  upload: { patience: 60_000, rate: 1024, silence: 30_000 },
  unreadMilliseconds: 60_000,
  linger: { whole: 30_000, silence: 5_000 },
  connections: 4_096,
  connectionsOfAddress: 1_024,
};
