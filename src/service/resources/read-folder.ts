import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../files/is-missing.ts';

/** A file with a declaration. */
export interface DeclarationFile {
  /** As a person would find it. */
  readonly path: string;
  readonly text: string;
}

/** A declaration has some hundred fields at most. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The declarations in a folder (`*.json`, `*.yaml`, `*.yml`, by name), or the file itself where it is one.
 *
 * @returns `undefined` when there is no such folder or file
 * @throws Error when a file is too large to be a declaration
 */
export async function readDeclarations(path: string): Promise<DeclarationFile[] | undefined> {
  try {
    if ((await stat(path)).isFile()) return [await readDeclaration(path)];
    const names = (await readdir(path)).filter((name) => /\.(?:json|ya?ml)$/i.test(name)).sort();
    return await Promise.all(names.map((name) => readDeclaration(join(path, name))));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readDeclaration(path: string): Promise<DeclarationFile> {
  const { size } = await stat(path);
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, too many for a declaration (${MAX_BYTES}).`);
  return { path, text: await readFile(path, 'utf8') };
}
