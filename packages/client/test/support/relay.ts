import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Where a connection breaks: before its request has reached the server, or before the answer has come back. */
export type Cut = 'request' | 'answer' | undefined;

/** What lies between a client and a server, and breaks connections when a test wants it. */
export interface Relay {
  readonly url: string;
  /** Method and path of every request, with the moment it came, ms. */
  readonly requests: { readonly line: string; readonly at: number }[];
  /** Asked of every request. */
  cut: (line: string) => Cut;
  /** Breaks all connections there are. */
  breakAll(): void;
  close(): Promise<void>;
}

export async function openRelay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let broken: Cut;
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          end();
        });
    }
    near.on('data', (chunk) => {
      const line = /^[A-Z]+ \/\S*(?= HTTP\/1\.1\r\n)/.exec(chunk.toString('latin1'))?.[0];
      if (line) {
        relay.requests.push({ line, at: performance.now() });
        broken = relay.cut(line);
      }
      if (broken === 'request') end();
      else if (!far.write(chunk)) {
        near.pause();
        far.once('drain', () => near.resume());
      }
    });
    far.on('data', (chunk) => (broken === 'answer' ? end() : near.write(chunk)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relay: Relay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    cut: () => undefined,
    breakAll() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.close();
      relay.breakAll();
      await once(server, 'close');
    },
  };
  return relay;
}
