import { isIP, Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Network and subnet of an IPv6 address are its first 64 bits (RFC 4291 §2.5.4): a client with one address has all of them. */
const PREFIX_GROUPS = 4;

/** Where a request comes from, as what comes from there is counted; what a proxy tells that is no address is all the same. */
export function addressOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(ip) ?? [];
  if (mapped !== undefined) return mapped;
  const kind = isIP(ip);
  return kind === 6 ? prefixOf(ip) : kind === 4 ? ip : 'nowhere';
}

function prefixOf(ip: string): string {
  const [head = '', tail] = ip.split('::');
  const groups = head.split(':').filter(Boolean);
  const behind = tail?.split(':').filter(Boolean) ?? [];
  while (groups.length + behind.length < 8) groups.push('0');
  const prefix = [...groups, ...behind].slice(0, PREFIX_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}

/** Whether a request came over the network: the server also sends requests to itself. */
export function isFromNetwork({ raw }: Pick<FastifyRequest, 'raw'>): boolean {
  return raw.socket instanceof Socket;
}
