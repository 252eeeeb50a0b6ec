import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../../../packages/client/test/support/program.ts';
import { items, temporaryFolder } from '../../cli/command.ts';
import { runHere } from '../../cli/in-process.ts';
import { failAt } from '../../support/crashes/fail-at.ts';

test('a line that kills every worker of a server is named, and the server has another worker', async ({
  onTestFinished,
}) => {
  const folder = await temporaryFolder();
  onTestFinished(folder.remove);
  const program = await startProgram({ OPENBULK_CHUNK_ROWS: '2', ...failAt('line-8=kill') });
  onTestFinished(program.close);
  const env = { OPENBULK_SERVER: program.url, OPENBULK_TOKEN: await program.token() };
  const imported = async (name: string, rows: number) => {
    const file = join(folder.path, `${name}.csv`);
    await writeFile(file, items(rows, name));
    return runHere(['import', file, '--action', 'import-inventory-items'], env);
  };
  const poisoned = await imported('poison', 20);
  expect(poisoned.code).toBe(1);
  expect(poisoned.stdout).toContain('Line 8 crashed the worker 3 times.');
  expect((await imported('good', 5)).code).toBe(0);
});
