import type { Server } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';
import type { App } from '../../zod.ts';
import type { HttpLimits } from './http-limits.ts';

/**
 * Bounds what connections cost: how many there are, how many of them an address has, and for how long one is kept whose client takes
 * nothing of its answer. Connections over the limit are closed without a response, which costs nothing.
 *
 * @param proxies whose connections are other people's, and not counted by address
 */
export function limitConnections(server: Server, limits: HttpLimits, proxies: readonly string[]): void {
  server.maxConnections = limits.connections;
  countByAddress(server, limits.connectionsOfAddress, proxies);
  closeUnread(server, limits.unreadMilliseconds);
}

function countByAddress(server: Server, most: number, proxies: readonly string[]): void {
  const trusted = blockListOf(proxies);
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: address } = socket;
    if (address === undefined || trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return;
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count > most) socket.destroy();
  });
}

function blockListOf(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies.flatMap((one) => (one === 'loopback' ? ['127.0.0.0/8', '::1'] : one))) {
    const [address = '', bits] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Of the time that a client has, between two looks. */
const LOOKS = 4;

/**
 * Closes connections whose clients take nothing of their answers. A time-out of the socket would not do: each byte that such a client
 * sends would begin it anew.
 */
function closeUnread(server: Server, milliseconds: number): void {
  const open = new Map<Socket, { unread: number; since: number }>();
  server.on('connection', (socket: Socket) => {
    open.set(socket, { unread: 0, since: 0 });
    socket.once('close', () => open.delete(socket));
  });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [socket, seen] of open) {
      const unread = unreadBytes(socket);
      if (unread === 0 || unread !== seen.unread) open.set(socket, { unread, since: now });
      else if (now - seen.since >= milliseconds) socket.destroy();
    }
  }, milliseconds / LOOKS);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}

/**
 * What the system has not taken yet of what is being written. `writableLength` counts whole writes, of which one may have many megabytes;
 * Node's own time-outs look at the same number as this.
 */
function unreadBytes(socket: Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null }): number {
  return socket._handle?.writeQueueSize ?? socket.writableLength;
}

/**
 * On shutdown, closes the connections without a request: browsers open some in advance. Node waits for
 * them as for a request that is on its way.
 */
export function closeUnasked(app: App): void {
  const open = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('preClose', async () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  });
}
