import { deriveSecretKey, type SecretKeys } from '../../../src/auth/keys/secret-key.ts';

const material = Buffer.alloc(32, 'a secret key of tests');

/** What encrypts the issuer's keys in tests, as `OPENBULK_SECRET_KEY` has it, */
export const SECRET_KEY = material.toString('base64');
/** and as it is used. */
export const secret: SecretKeys = { current: deriveSecretKey(material) };
