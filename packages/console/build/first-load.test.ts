import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

const DIST = join(import.meta.dirname, '../dist');
/** What the frame and any first page may weigh, bytes gzipped. */
const MOST = 300_000;

/** The scripts that a page needs before it can be seen, gzipped. */
function firstLoad(manifest: Readonly<Record<string, Chunk>>, page: string): number {
  const needed = new Set<string>();
  const need = (name: string) => {
    const chunk = manifest[name];
    if (!chunk || needed.has(name)) return;
    needed.add(name);
    chunk.imports?.forEach(need);
  };
  need('index.html');
  need(page);
  return [...needed].reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(DIST, manifest[name]?.file ?? ''))).length,
    0,
  );
}

test('the first load of every page has at most 300 KB of gzipped JavaScript', () => {
  const manifest: Readonly<Record<string, Chunk>> = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8'));
  const pages = Object.keys(manifest).filter((name) => /^src\/.*\.tsx$/.test(name));
  expect(pages.length).toBeGreaterThan(2);
  const sizes = Object.fromEntries(pages.map((page) => [page, firstLoad(manifest, page)]));
  for (const [page, size] of Object.entries(sizes)) expect([page, size, size <= MOST]).toEqual([page, size, true]);
});
