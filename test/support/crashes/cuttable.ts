import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database on which what happens to networks can be made to happen. */
export interface Cuttable {
  readonly url: string;
  /** As when the database's machine is gone: connections end, and new ones are refused. */
  cut(): Promise<void>;
  /** New connections are taken again. */
  mend(): Promise<void>;
  /** As when a firewall forgets its connections: nothing comes through those that there are, nor that they are closed; new ones pass. */
  silence(): void;
  /** As when the database's machine hangs: nothing comes through, new connections are accepted and never answered. */
  freeze(): void;
  /** How many connections were ever made. */
  readonly connections: number;
}

export async function cuttable(databaseUrl: string): Promise<Cuttable> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const pairs = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  let frozen = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  // Whose end is closed by the client must not be closed by itself: to the other side, it was never told.
  const relay = createServer({ allowHalfOpen: true }, (near) => {
    connections += 1;
    keep(near);
    if (frozen) return;
    const far = connect(Number(target.port || 5432), target.hostname);
    keep(far);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const [one, other] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      one.on('close', () => {
        if (pairs.delete(pair)) other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const silence = () => {
    for (const [near, far] of pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
    pairs.clear();
  };
  const url = new URL(databaseUrl);
  const { port } = relay.address() as AddressInfo;
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    get connections() {
      return connections;
    },
    silence,
    freeze() {
      frozen = true;
      silence();
    },
    async cut() {
      relay.close();
      for (const socket of sockets) socket.destroy();
      await once(relay, 'close');
    },
    async mend() {
      relay.listen(port, '127.0.0.1');
      await once(relay, 'listening');
    },
  };
}
