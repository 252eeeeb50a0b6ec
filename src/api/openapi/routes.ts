import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageHeaders } from '../http/headers/response/page-headers.ts';
import type { App } from '../zod.ts';
import type { DialectRoutes } from './declared-route.ts';
import { type About, openApiDocument } from './document.ts';

const PAGE = join(import.meta.dirname, '../docs-page');
const FILES = [
  { path: '/docs', file: 'page.html', type: 'text/html; charset=utf-8' },
  { path: '/docs/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/docs/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
];

/** The documents, and a page to read them with. They tell nothing that is not published: no token is asked for. */
export function openApiRoutes(scope: App, dialects: readonly DialectRoutes[], about: About): void {
  const documents = dialects.map(({ dialect: { name } }) => ({ dialect: name, url: `/openapi/${name}.json` }));
  scope.get('/openapi', async (_request, reply) => {
    reply.header('cache-control', 'no-cache');
    return { documents };
  });
  for (const each of dialects) {
    // Built on first request: servers started by the command line never need it.
    let text: string | undefined;
    scope.get(`/openapi/${each.dialect.name}.json`, async (_request, reply) => {
      text ??= JSON.stringify(openApiDocument(each, about));
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache');
      return text;
    });
  }
  for (const { path, file, type } of FILES) {
    const content = readFileSync(join(PAGE, file), 'utf8');
    scope.get(path, async (_request, reply) => {
      reply.type(type).headers({ ...pageHeaders, 'cache-control': 'no-cache' });
      return content;
    });
  }
}
