// Builds the console after `npm ci`. Where Vite was not installed, as without devDependencies, the server serves what was built
// elsewhere, or a page that says how to build it: that is no reason for an installation to fail.
import { join } from 'node:path';

const vite = await import('vite').catch(() => undefined);
if (vite) await vite.build({ root: join(import.meta.dirname, '..'), logLevel: 'warn' });
else process.stderr.write('The console was not built: Vite is not installed.\n');
