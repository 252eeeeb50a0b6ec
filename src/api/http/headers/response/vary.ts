import type { FastifyReply } from 'fastify';

/** Says that an answer also depends on a header of the request (RFC 9110 §12.5.5). */
export function addVary(reply: FastifyReply, header: string): void {
  const named = [reply.getHeader('vary') ?? []].flat().join(', ');
  if (named.toLowerCase().split(/, */).includes(header.toLowerCase())) return;
  reply.header('vary', named === '' ? header : `${named}, ${header}`);
}
