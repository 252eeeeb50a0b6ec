import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Refusal } from '../errors/failure.ts';
import { messages } from '../errors/messages.ts';
import { pageHeaders } from '../http/headers/response/page-headers.ts';
import type { App } from '../zod.ts';

const BUILT = join(import.meta.dirname, '../../../packages/console/dist');
/** The console's addresses. Below `/o/` its own router tells what to show; whatever else is not there stays so. */
const ADDRESSES = ['/', '/o/*'];

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>OpenBulk</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/page.css">
  </head>
  <body>
    <main>
      <h1>The console is not built</h1>
      <p>Run <code>npm ci &amp;&amp; npm run build</code> where OpenBulk is installed, and restart it.</p>
      <p>The API is there: <a href="/docs">its documentation</a>.</p>
    </main>
  </body>
</html>
`;

/**
 * The console: one page at all of its addresses, and the files it loads, whose names change with their content.
 *
 * @param folder where its build lies
 */
export function consoleRoutes(scope: App, folder = BUILT): void {
  if (existsSync(join(folder, 'index.html'))) built(scope, folder);
  else notBuilt(scope);
}

function built(scope: App, folder: string): void {
  scope.setErrorHandler((error) => {
    throw refusalOf(error) ?? error;
  });
  scope.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '1y',
    // A page takes its files whole.
    acceptRanges: false,
    preCompressed: true,
    logLevel: 'warn',
    setHeaders: (reply) => void reply.headers(pageHeaders),
  });
  for (const address of ADDRESSES) {
    scope.get(address, { logLevel: 'warn' }, (_request, reply) => {
      reply.headers({ ...pageHeaders, 'cache-control': 'no-cache' });
      return reply.sendFile('index.html', folder, { cacheControl: false });
    });
  }
}

/** What @fastify/static says of a path that leads out of its folder, or of a condition that does not hold: no fault of ours. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  // The plugin's own errors have one, those of what it is made of the other.
  const status = 'status' in error ? error.status : 'statusCode' in error ? error.statusCode : undefined;
  if (status === 412) return new Refusal('outgrown', 'The file has changed.');
  if (status === 400 || status === 403 || status === 404) return new Refusal('not_found', messages.not_found);
  return undefined;
}

function notBuilt(scope: App): void {
  for (const address of ADDRESSES) {
    scope.get(address, async (_request, reply) => {
      reply.code(503).headers({ ...pageHeaders, 'cache-control': 'no-store' });
      return reply.type('text/html; charset=utf-8').send(NOT_BUILT);
    });
  }
}
