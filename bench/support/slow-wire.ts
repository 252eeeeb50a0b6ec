import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** A way to a database that takes its time: what goes in comes out as it went in, in order, only later. */
export interface SlowWire {
  readonly url: string;
  /** Round trips so far: how often somebody who had been answered sent more. */
  readonly trips: () => number;
  close(): Promise<void>;
}

/**
 * Opens a way to the database of `databaseUrl` on which both ways together take `roundTrip` milliseconds. How much is on its way at
 * once is not limited.
 */
export async function openSlowWire(databaseUrl: string, roundTrip: number): Promise<SlowWire> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let trips = 0;
  const relay = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    let answered = true;
    near.on('data', () => {
      if (answered) trips += 1;
      answered = false;
    });
    far.on('data', () => {
      answered = true;
    });
    carry(near, far, roundTrip / 2);
    carry(far, near, roundTrip / 2);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(relay.address() as AddressInfo).port}`;
  return {
    url: url.href,
    trips: () => trips,
    async close() {
      relay.close();
      for (const socket of sockets) socket.destroy();
      await once(relay, 'close');
    },
  };
}

/** Writes to `to` what comes from `from`, each piece `delay` milliseconds after it came. */
function carry(from: Socket, to: Writable, delay: number): void {
  const underWay: { readonly due: number; readonly piece: Buffer | undefined }[] = [];
  const deliver = () => {
    for (let [next] = underWay; next; [next] = underWay) {
      const early = next.due - performance.now();
      if (early > 0) {
        setTimeout(deliver, early);
        return;
      }
      underWay.shift();
      if (next.piece) to.write(next.piece);
      else to.end();
    }
  };
  const put = (piece: Buffer | undefined) => {
    underWay.push({ due: performance.now() + delay, piece });
    if (underWay.length === 1) setTimeout(deliver, delay);
  };
  from.on('data', put);
  from.on('close', () => put(undefined));
}
