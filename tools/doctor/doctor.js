// `npm run doctor`: what the program and its tests need of this machine, and what is there. Plain JavaScript, so that an older Node can
// say what is wrong, before anything is installed.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (!existsSync(new URL('../../node_modules', import.meta.url))) {
  console.error('Nothing is installed. Run npm ci, then npm run doctor again.');
  process.exit(1);
}
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Node.js 22.18 or later is needed, and this is ${process.versions.node}. Run npm run doctor: npm ci brings the right one.`,
  );
  process.exit(1);
}
const { examine } = await import('./examine.ts');
const { report } = await import('./report.ts');
process.exitCode = report(await examine());
