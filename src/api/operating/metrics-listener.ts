import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** Where the metrics are read. */
export interface MetricsListener {
  /** 0 was any free one. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves only the metrics, at a separate address: they are totals of all organizations and need no token, so that
 * they are for the operator's machines, while the API's address is for everybody.
 */
export async function serveMetrics(
  metrics: Registry,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsListener> {
  const server = createServer((request, response) => {
    request.resume();
    const path = (request.url ?? '').split('?', 1)[0];
    const known = path === '/metrics';
    if (!known || !/^(?:GET|HEAD)$/.test(request.method ?? '')) {
      const allow = known && { allow: 'GET, HEAD' };
      response.writeHead(known ? 405 : 404, { 'content-type': 'text/plain; charset=utf-8', ...allow });
      response.end('The metrics are at GET /metrics.\n');
      return;
    }
    metrics.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
