import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
const run = promisify(execFile);

/** A Chromium of this machine, without a window. @throws Error that says what to install */
export async function openChromium(): Promise<Browser> {
  const executablePath = (await findChromium()) ?? (await installChromium());
  // Its sandbox does not work as root.
  return chromium.launch({ executablePath, args: isRoot() ? ['--no-sandbox'] : [] });
}

/** The first Chromium on `PATH`. */
export async function findChromium(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const path of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** A fresh machine of CI is Debian, and we are root on it. */
async function installChromium(): Promise<string> {
  try {
    if (!isRoot()) throw new Error('only root can install it');
    // Of several tests that begin at once only one can fetch the lists, and the others wait to install.
    await run('apt-get', ['update']).catch(() => {});
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const wait = ['-o', 'DPkg::Lock::Timeout=300'];
    await run('apt-get', [...wait, 'install', '--yes', '--no-install-recommends', 'chromium-headless-shell'], { env });
  } catch (cause) {
    throw noChromium(cause);
  }
  const path = await findChromium();
  if (!path) throw noChromium(undefined);
  return path;
}

function noChromium(cause: unknown): Error {
  const names = NAMES.join(', ');
  return new Error(`Tests of the console need a Chromium: install one, so that PATH has ${names}.`, { cause });
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
