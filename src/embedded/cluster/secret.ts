import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, lchownSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How to reach the server of a cluster. The port is the one to start on; a running server's is in postmaster.pid. */
export interface Secret {
  readonly port: number;
  readonly password: string;
}

/** The secret lies inside the cluster, so that both come to be in one rename and are moved or restored together. */
const secretFile = (cluster: string) => join(cluster, 'openbulk.json');

/** Undefined if the file is missing or damaged. */
export function readSecret(cluster: string): Secret | undefined {
  try {
    const { port, password } = JSON.parse(readFileSync(secretFile(cluster), 'utf8'));
    const usable = Number.isInteger(port) && typeof password === 'string' && password !== '';
    return usable ? { port, password } : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the file in one step, readable by the cluster's owner only. */
export function writeSecret(cluster: string, secret: Secret): void {
  const file = secretFile(cluster);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(secret)}\n`, { mode: 0o600 });
  giveToOwnerOf(dirname(file), draft);
  syncFile(draft);
  renameSync(draft, file);
}

/** Letters, digits, - and _ only: it needs no quoting in a URL or in SQL. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** As root we write for the account that runs the server. */
export function giveToOwnerOf(folder: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  lchownSync(path, uid, gid);
}

/** Waits until a file, or the entries of a folder, are on the disk. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
