import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FOLDER, generate } from '../generate.ts';

test('the generated types are what the documents give: else npm run client:types writes them anew', async () => {
  const made = await generate();
  expect((await readdir(FOLDER)).sort()).toEqual([...made.keys()].sort());
  for (const [name, text] of made) expect([name, await readFile(join(FOLDER, name), 'utf8')]).toEqual([name, text]);
});
