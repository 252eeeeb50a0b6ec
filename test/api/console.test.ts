import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consoleRoutes } from '../../src/api/operating/console-routes.ts';
import type { App } from '../../src/api/zod.ts';
import { openServer, type TestServer } from './server.ts';

/** How the console is served; what it does is in test/console. */
let server: TestServer;
let page: string;

beforeAll(async () => {
  server = await openServer();
  page = (await server.ask('/')).text;
});
afterAll(() => server.close());

/** Parts of so many bytes at most are sent as they are (`packages/console/build/compress.ts`). */
const SMALL = 1_400;

/** The addresses of what the page loads. */
function parts(ending: string): string[] {
  return [...page.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map(([, address = '']) => address)
    .filter((address) => address.endsWith(ending));
}

describe('the console', () => {
  test('is one page at all of its addresses, which is asked for anew each time', async () => {
    for (const path of ['/', '/o/demo', '/o/demo/tasks/42?x=y', '/o/a.b/c.js']) {
      const answer = await server.ask(path);
      expect([path, answer.status, answer.text]).toEqual([path, 200, page]);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('content-security-policy')).toMatch(/script-src 'self'; style-src 'self';/);
      const etag = answer.headers.get('etag') ?? '';
      // As a browser goes to a page it knows; by itself fetch would ask for it anew with `no-cache`, which is answered in full.
      const known = { 'if-none-match': etag, 'cache-control': 'max-age=0' };
      const again = await server.ask(path, { headers: known });
      expect([etag !== '', again.status]).toEqual([true, 304]);
    }
  });

  test('has nothing inline', () => {
    expect(parts('.js')).not.toEqual([]);
    expect(parts('.css')).not.toEqual([]);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  });

  test('its parts never change, and are sent compressed', async () => {
    for (const path of [...parts('.js'), ...parts('.css')]) {
      for (const encoding of ['br', 'gzip', 'identity']) {
        const { status, headers, text } = await server.ask(path, { headers: { 'accept-encoding': encoding } });
        expect([path, status]).toEqual([path, 200]);
        // What is small fits one packet as it is.
        const compressed = encoding !== 'identity' && Buffer.byteLength(text) > SMALL;
        expect([path, headers.get('content-encoding')]).toEqual([path, compressed ? encoding : null]);
        expect(headers.get('vary')).toMatch(/accept-encoding/i);
        expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
    }
  });

  test('what is not there is not, nor is what lies beside it', async () => {
    const nothing = [
      '/assets/nothing.js',
      '/assets',
      '/assets/',
      '/index.html',
      '/.vite/manifest.json',
      '/assets/..%2Findex.html',
      '/O/demo',
      '/console',
    ];
    for (const path of nothing) {
      const { status, headers } = await server.ask(path, { headers: { accept: 'text/html' } });
      expect([path, status]).toEqual([path, 404]);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
    const posted = await server.ask('/o/demo', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('when it is not built, says how that is done', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openbulk-console-'));
    const app = fastify();
    consoleRoutes(app as unknown as App, folder);
    const { statusCode, body, headers } = await app.inject('/o/demo/tasks');
    await app.close();
    await rm(folder, { recursive: true });
    expect([statusCode, headers['content-type']]).toEqual([503, 'text/html; charset=utf-8']);
    expect(body).toContain('npm run build');
  });
});
