import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const encoders = { br: promisify(brotliCompress), gz: promisify(gzip) };
/** What is smaller than a packet or two gains nothing, bytes. */
const SMALL = 1_400;

/** Writes beside each script and style sheet its compressed forms, which the server then has only to send. */
export function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    // Not before the files are written: until then Vite still replaces parts of them.
    async writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name));
      await Promise.all(
        names.map(async (name) => {
          const content = await readFile(join(dir, name));
          if (content.length <= SMALL) return;
          for (const [ending, encode] of Object.entries(encoders))
            await writeFile(join(dir, `${name}.${ending}`), await encode(content));
        }),
      );
    },
  };
}
