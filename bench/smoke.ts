/** `npm run bench:smoke`: runs every bench small and throws its figures away; only shows that they work. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from './support/report.ts';

const SMALL = {
  import: ['--rows', '3000', '--runs', '1'],
  adopted: ['--rows', '3000', '--runs', '1', '--chunk', '500'],
  scale: ['--most', '10000', '--runs', '1'],
  latency: ['--rows', '6000', '--round-trip', '20', '--runs', '1'],
  small: ['--times', '5', '--rows', '20000', '--burst', '20'],
  reads: ['--tasks', '2000', '--runs', '1', '--seconds', '0.3', '--minutes', '0.05'],
  submits: ['--connections', '4', '--runs', '1', '--seconds', '0.3'],
  search: ['--rows', '3000', '--times', '3'],
  isolation: ['--devices', '2000', '--runs', '1', '--seconds', '0.5'],
  actions: ['--devices', '2000', '--runs', '1'],
  checks: ['--rows', '20000', '--runs', '1'],
};

const results = await mkdtemp(join(tmpdir(), 'openbulk-bench-results-'));
try {
  for (const [name, options] of Object.entries(SMALL)) {
    console.log(`bench:${name} ${options.join(' ')}`);
    const bench = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...options], {
      env: { ...process.env, BENCH_RESULTS: results },
      stdio: 'inherit',
    });
    const [code] = await once(bench, 'exit');
    if (code !== 0) throw new Error(`bench:${name} ended with ${code}`);
    const report = JSON.parse(await readFile(join(results, `${name}.json`), 'utf8')) as Report;
    const broken = report.results.filter(({ ratio }) => !(Number.isFinite(ratio) && ratio > 0));
    if (broken.length > 0) throw new Error(`bench:${name} measured nothing: ${JSON.stringify(broken)}`);
  }
  const written = await readdir(results);
  if (written.length !== Object.keys(SMALL).length) throw new Error(`Other files than expected: ${written}`);
} finally {
  await rm(results, { recursive: true, force: true });
}
