import { isUtf8 } from 'node:buffer';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../files/is-missing.ts';

/** A file with a declaration, or the reason why it cannot be read, as a sentence. */
export type DeclarationFile = {
  /** As a person would find it. */
  readonly path: string;
} & ({ readonly text: string } | { readonly fault: string });

/** A declaration has some hundred fields at most. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The declarations in a folder (`*.json`, `*.yaml`, `*.yml`, by name), or the file itself where it is one. A file that cannot be read is
 * nothing to the others.
 *
 * @returns `undefined` when there is no such folder or file
 */
export async function readDeclarations(path: string): Promise<DeclarationFile[] | undefined> {
  if (!(await isFolder(path))) return (await exists(path)) ? [await readDeclaration(path)] : undefined;
  const names = (await readdir(path)).filter((name) => /\.(?:json|ya?ml)$/i.test(name)).sort();
  return Promise.all(names.map((name) => readDeclaration(join(path, name))));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Also a link that leads nowhere. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error) => !isMissing(error),
  );
}

async function readDeclaration(path: string): Promise<DeclarationFile> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return { path, fault: 'It is a folder. Rename it, or name it to read the files in it.' };
    if (!found.isFile()) return { path, fault: 'It is no file.' };
    if (found.size > MAX_BYTES)
      return { path, fault: `It has ${found.size} bytes, too many for a declaration (${MAX_BYTES}).` };
    const bytes = await readFile(path);
    if (!isUtf8(bytes)) return { path, fault: 'It is not UTF-8. Save it in that encoding.' };
    return { path, text: bytes.toString() };
  } catch (error) {
    return { path, fault: faultOf(error as NodeJS.ErrnoException) };
  }
}

function faultOf(error: NodeJS.ErrnoException): string {
  return FAULTS[error.code ?? ''] ?? `It cannot be read: ${error.message}.`;
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'It is a link to a file that does not exist.',
  ELOOP: 'It is a link to itself.',
  EACCES: 'It cannot be read: this account has no permission to.',
};
