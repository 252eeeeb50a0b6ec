import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../../../zod.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The client asked whether to send its body (`Expect: 100-continue`) and has not been told to. */
    awaitsContinue: boolean;
  }
}

/**
 * Lets a client that asks first (as curl does with large uploads) send its body only when the request was found to be allowed, so that
 * a refused upload is never sent. Node by default accepts it before any check.
 */
export function honourExpectContinue(app: App): void {
  const awaiting = new WeakSet<IncomingMessage>();
  app.server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    awaiting.add(req);
    app.server.emit('request', req, res);
  });
  app.decorateRequest('awaitsContinue', {
    getter() {
      return awaiting.has(this.raw);
    },
  });
  // Runs after the hooks that authenticate, and before anything reads the body.
  app.addHook('preParsing', async (request, reply) => {
    if (awaiting.delete(request.raw)) reply.raw.writeContinue();
  });
}
