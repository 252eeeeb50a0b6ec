import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './engine.ts';

/** Keys of what the file store has. */
export async function storedFiles(bench: Bench): Promise<string[]> {
  const names = await readdir(join(bench.dataDir, 'files'), { recursive: true });
  return names.filter((name) => /[0-9a-f]{24}$/.test(name)).sort();
}
