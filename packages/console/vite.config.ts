import react from '@vitejs/plugin-react';
import mantine from 'postcss-preset-mantine';
import { defaultClientConditions, defineConfig } from 'vite';
import { compress } from './build/compress.ts';

/** Where `npm run dev -w @openbulk/console` finds the server. */
const server = process.env.OPENBULK_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), compress()],
  // The client as source: it need not be built first.
  resolve: { conditions: ['@openbulk/source', ...defaultClientConditions] },
  css: { postcss: { plugins: [mantine()] } },
  // Nothing inline, as the Content-Security-Policy of the server wants it.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, manifest: true, reportCompressedSize: false },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/activityid', '/api', '/v2', '/auth', '/oauth2', '/livez'].map((path) => [path, server]),
    ),
  },
});
