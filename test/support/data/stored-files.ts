import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../engine.ts';

/** Whether the file store has what `files` names and nothing else; both in order. */
export async function comparison(bench: Bench): Promise<{ stored: string[]; named: string[] }> {
  const { rows } = await bench.pool.query<{ key: string }>('select key from files order by key');
  return { stored: await storedFiles(bench), named: rows.map(({ key }) => key) };
}

/** What uploads have left that are not whole. */
export async function unfinishedFiles(bench: Bench): Promise<string[]> {
  return (await readdir(join(bench.dataDir, 'files', 'partial'))).filter((name) => !name.startsWith('.'));
}

/** Keys of what the file store has. */
export async function storedFiles(bench: Bench): Promise<string[]> {
  const names = await readdir(join(bench.dataDir, 'files'), { recursive: true });
  return names.filter((name) => /[0-9a-f]{24}$/.test(name)).sort();
}
