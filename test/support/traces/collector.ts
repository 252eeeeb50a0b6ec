import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type ExportedSpan, readExport } from './read-export.ts';

/** What a program exports its traces to, by OTLP over HTTP. */
export interface Collector {
  readonly url: string;
  /** What it was sent. */
  readonly spans: ExportedSpan[];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
  /** From now on it takes what it is sent and does not answer. */
  hang(): void;
  close(): Promise<void>;
}

export async function openCollector(): Promise<Collector> {
  const spans: ExportedSpan[] = [];
  const requests: Collector['requests'] = [];
  let hangs = false;
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    requests.push({ path: request.url ?? '', headers: request.headers, body });
    if (hangs) return;
    spans.push(...readExport(body));
    response.setHeader('content-type', 'application/x-protobuf').end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    hang() {
      hangs = true;
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
