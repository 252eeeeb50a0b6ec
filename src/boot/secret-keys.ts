import { randomBytes, randomUUID } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasSealedKeys } from '../auth/keys/issuer-keys.ts';
import { deriveSecretKey, SECRET_BYTES, SecretKeyError, type SecretKeys } from '../auth/keys/secret-key.ts';
import type { Config } from '../config/config.ts';
import { readSecret } from '../config/values.ts';
import type { Pool } from './database.ts';

/**
 * The secret key by which the issuer's keys are encrypted: the configured one, else the one of the file beside the data folder, which the
 * first start makes, and never anybody anew.
 *
 * @throws SecretKeyError when the database has keys that only a key opens which is not there
 */
export async function openSecretKeys(pool: Pool, { secretKey }: Config): Promise<SecretKeys> {
  const { given, previous, file } = secretKey;
  const material = given ?? (await readFileKey(file)) ?? (await makeFileKey(pool, file));
  return { current: deriveSecretKey(material), ...(previous && { previous: deriveSecretKey(previous) }) };
}

/** The secret key of this process, whatever there is in the database: for who gives up what is there. */
export async function openNewSecretKeys({ secretKey }: Config): Promise<SecretKeys> {
  const { given, file } = secretKey;
  return { current: deriveSecretKey(given ?? (await readFileKey(file)) ?? (await writeFileKey(file))) };
}

async function readFileKey(file: string): Promise<Buffer | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new SecretKeyError(`The secret key in ${file} cannot be read (${error.code}). ${ELSEWHERE}`, {
      cause: error,
    });
  });
  const material = text === undefined ? undefined : readSecret(text.trim());
  if (text === undefined || material) return material;
  throw new SecretKeyError(
    `The file ${file} does not contain a secret key, which is ${SECRET_BYTES} random bytes in base64 or hex. Restore it from a backup.`,
  );
}

const ELSEWHERE = 'Set OPENBULK_SECRET_KEY, or OPENBULK_SECRET_KEY_FILE to another place.';

async function makeFileKey(pool: Pool, file: string): Promise<Buffer> {
  if (!(await hasSealedKeys(pool))) return writeFileKey(file);
  throw new SecretKeyError(
    `The issuer's keys in this database are encrypted, and the secret key is not in ${file}. Restore that file, or set ` +
      'OPENBULK_SECRET_KEY to its content. If the secret key is lost, "openbulk keys reset" creates new keys and invalidates all tokens.',
  );
}

/** Makes the file, whole and for its owner alone, unless another process was faster: then that one's counts. */
async function writeFileKey(file: string): Promise<Buffer> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(SECRET_BYTES).toString('base64url')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Fails where the name is taken, as a rename would not.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(draft);
    await syncFolder(dirname(file));
  } catch (error) {
    await unlink(draft).catch(() => {});
    const { code } = error as NodeJS.ErrnoException;
    throw new SecretKeyError(`The secret key cannot be written to ${file} (${code}). ${ELSEWHERE}`, { cause: error });
  }
  return (await readFileKey(file)) as Buffer;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  // Not every system can; the file itself is on the disk.
  await handle.sync().catch(() => {});
  await handle.close();
}
