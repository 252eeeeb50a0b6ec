import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'openbulk-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a folder is made with those above it, once', () => {
  const folder = join(root, 'a', 'b', 'c');
  expect([makeFolder(folder), makeFolder(folder), statSync(folder).isDirectory()]).toEqual([true, false, true]);
});

test('what cannot be made is an error, at once', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => makeFolder(join(root, 'file', 'x', 'y'))).toThrow(/ENOTDIR/);
  // The system says that what is above it is missing, which it is not.
  if (process.platform === 'linux') expect(() => makeFolder('/proc/openbulk/x')).toThrow(/ENOENT/);
});
