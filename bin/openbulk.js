#!/usr/bin/env node
// Plain JavaScript, so that an older Node can say in one line what is wrong; the program itself is src/main.ts.
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `OpenBulk needs Node.js 22.18 or later, and this is ${process.versions.node}. Run it with "npx openbulk" in its folder: npm ci brings the right one.`,
  );
  process.exit(1);
}
// What was compiled is kept for the next start, of a command, a server or a worker; where the folder cannot be written, nothing is.
const { enableCompileCache } = await import('node:module');
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/openbulk', import.meta.url)));
const { limitMemory } = await import('../src/boot/workers/limit-memory.ts');
limitMemory(process.argv[2], process.env);
await import('../src/main.ts');
