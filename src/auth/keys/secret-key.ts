import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Bytes that a secret key has at least, and of those that are made. */
export const SECRET_BYTES = 32;

/** What in the database is encrypted cannot be read with what this process was given; the message says what to do. */
export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}

/** The key from outside that encrypts secrets in the database. Each use has its own derived key. */
export interface SecretKey {
  /** Names it without telling anything of it: what was encrypted with it says so. */
  readonly id: string;
  readonly encryption: Buffer;
}

/** The secret key, and the one that it replaces, which only decrypts what is not re-encrypted yet. */
export interface SecretKeys {
  readonly current: SecretKey;
  readonly previous?: SecretKey;
}

/** @param material at least `SECRET_BYTES` random bytes */
export function deriveSecretKey(material: Buffer): SecretKey {
  // RFC 5869; no salt, since the material is random already (§3.1).
  const derived = (info: string, length: number) => Buffer.from(hkdfSync('sha256', material, '', info, length));
  return {
    id: derived('openbulk secret key: id', 8).toString('hex'),
    encryption: derived('openbulk secret key: AES-256-GCM', 32),
  };
}

/** Bytes of AES-GCM's nonce and tag. Random nonces: a handful of keys is far below the 2^32 messages at which they would meet. */
const NONCE = 12;
const TAG = 16;

/** @param context what it belongs to: it opens only there, so that nothing can be moved from one row into another */
export function sealSecret({ encryption }: SecretKey, context: string, text: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', encryption, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @throws SecretKeyError when it was sealed with another key or for another context, or was changed since */
export function unsealSecret({ encryption }: SecretKey, context: string, bytes: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', encryption, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SecretKeyError(`The encrypted value "${context}" in the database was modified.`, { cause });
  }
}
