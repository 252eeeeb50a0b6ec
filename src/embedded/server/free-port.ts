import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { EmbeddedPostgresError } from '../embedded-error.ts';

/**
 * Below the ports that the system hands out to outgoing connections (32768 and up on Linux, 49152 on others). From
 * those, while the server is down, a pool that reconnects to its port can be given that very port for its own end: it
 * then connects to itself, and the server can no longer have it.
 */
const [LOWEST, HIGHEST] = [20_000, 32_767];
const ATTEMPTS = 100;

/** An unused port of 127.0.0.1. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) return port;
  }
  throw new EmbeddedPostgresError(`No free port for PostgreSQL between ${LOWEST} and ${HIGHEST} on 127.0.0.1`);
}

export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
