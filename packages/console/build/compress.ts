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
    async generateBundle(_options, bundle) {
      const files = Object.values(bundle).map((file) => ({
        fileName: file.fileName,
        content: file.type === 'chunk' ? file.code : file.source,
      }));
      const long = files.filter(({ fileName, content }) => /\.(js|css|svg)$/.test(fileName) && content.length > SMALL);
      await Promise.all(
        long.flatMap(({ fileName, content }) =>
          Object.entries(encoders).map(async ([ending, encode]) => {
            const source = await encode(Buffer.from(content));
            this.emitFile({ type: 'asset', fileName: `${fileName}.${ending}`, source });
          }),
        ),
      );
    },
  };
}
