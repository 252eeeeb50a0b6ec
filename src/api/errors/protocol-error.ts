import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { App } from '../zod.ts';
import { type Envelope, pathOf, type WordedFailure } from './envelope.ts';
import { type Failure, type FailureCode, Refusal } from './failure.ts';
import { fieldMessages, messages } from './messages.ts';

/** Node's codes for requests that it cannot parse, and our responses. */
const ANSWERS: Record<string, readonly [code: FailureCode, message: string]> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', messages.headers_too_large],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', messages.request_timeout],
};
const MALFORMED = ['malformed', messages.not_http] as const;
/** RFC 9112 §3: an unknown method is one reason why a request cannot be parsed. */
const REQUEST_LINE = /^[^ \r\n]+ ([^ \r\n]+) HTTP\//;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What Node says of a request that it could not take in. */
export interface ProtocolError extends Error {
  readonly code?: string;
  /** A buffer: what came last, which need not be the beginning of the request. */
  readonly rawPacket?: unknown;
}

/** Answers requests that HTTP itself refuses, in the envelope of their path as far as one can be read. */
export interface ProtocolErrors {
  /** Watches the requests of the server, to know which of them it was that went wrong halfway. */
  watch(app: App): void;
  /** The server's `clientError`. */
  answer(error: ProtocolError, socket: Socket): void;
}

/**
 * @param envelopeOf the envelope of a path
 * @param defaults the headers of every answer
 */
export function openProtocolErrors(
  envelopeOf: (path: string) => Envelope,
  defaults: Readonly<Record<string, string>>,
): ProtocolErrors {
  const latest = new WeakMap<Socket, Exchange>();
  return {
    watch(app) {
      const remember = (request: IncomingMessage, response: ServerResponse) => {
        latest.set(request.socket, { request, response });
      };
      app.server.prependListener('request', remember);
      // A server need not know what a client expects (RFC 9110 §10.1.1); Node's own 417 has no dialect's body.
      app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
        app.server.emit('request', request, response);
      });
      // RFC 9112 §3.2; Node by itself answers with an empty 400.
      app.addHook('onRequest', async ({ raw }) => {
        if (raw.httpVersion !== '1.0' && raw.headers.host === undefined) {
          const problems = [{ field: 'Host', message: fieldMessages.missing }];
          throw new Refusal('malformed', messages.no_host, { problems });
        }
      });
    },

    answer(error, socket) {
      const exchange = latest.get(socket);
      const underway = exchange && !exchange.request.complete ? exchange : undefined;
      // A response that has started is cut off: a second one would be read as part of it.
      if (!socket.writable || error.code === 'ECONNRESET' || underway?.response.headersSent) {
        socket.destroy();
        return;
      }
      const [code, message] = ANSWERS[error.code ?? ''] ?? MALFORMED;
      const url = underway?.request.url ?? targetIn(error.rawPacket) ?? '/';
      const path = pathOf(url);
      const requestId = randomUUID();
      const failure: Failure = { code, message, problems: [], headers: {} };
      const acceptLanguage = underway?.request.headers['accept-language'];
      const worded = envelopeOf(path).word(failure, { path, requestId, acceptLanguage });
      socket.end(spell(worded, { ...defaults, 'cache-control': 'no-store', 'x-request-id': requestId }));
    },
  };
}

/** The target of the request that a packet begins with. */
function targetIn(packet: unknown): string | undefined {
  return Buffer.isBuffer(packet) ? REQUEST_LINE.exec(packet.toString('latin1'))?.[1] : undefined;
}

/** An answer as it goes over the wire, where there is no response to write it for us. */
function spell({ status, contentType, body, headers }: WordedFailure, more: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(body);
  const fields = {
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(text)),
    ...more,
    ...headers,
    connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${text}`;
}
