import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex24 } from '../../src/task/ids.ts';
import { readDocuments } from './documents/operations.ts';
import { openServer, type TestServer } from './server.ts';

/** A client that a generator makes of each document, as somebody who has nothing else would: it compiles strictly, and it runs. */
const ROOT = join(import.meta.dirname, '../..');
const PROGRAMS = join(import.meta.dirname, 'clients');
let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await openServer();
  // Below node_modules, where a program finds openapi-fetch.
  await mkdir(join(ROOT, 'node_modules/.cache'), { recursive: true });
  folder = await mkdtemp(join(ROOT, 'node_modules/.cache/openbulk-clients-'));
  await cp(PROGRAMS, folder, { recursive: true });
  await mkdir(join(folder, 'generated'));
  for (const { dialect, document } of await readDocuments()) {
    const types = astToString(await openapiTS(document as unknown as OpenAPI3));
    await writeFile(join(folder, 'generated', `${dialect}.ts`), types);
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await server.close();
});

const settings = [
  '--strict',
  '--noUncheckedIndexedAccess',
  '--skipLibCheck',
  '--target',
  'es2024',
  '--module',
  'nodenext',
];

test('all compile, and what they are answered is what their types say', { timeout: 120_000 }, async () => {
  const programs = (await readdir(PROGRAMS)).sort();
  expect(programs).toEqual((await readDocuments()).map(({ dialect }) => `${dialect}.ts`).sort());
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const compile = promisify(execFile)(tsc, ['--ignoreConfig', ...settings, '--types', 'node', ...programs], {
    cwd: folder,
  });
  expect(await compile.catch(({ stdout }) => ({ stdout }))).toMatchObject({ stdout: '' });

  const answers: Record<string, unknown> = {};
  for (const program of programs) {
    const name = program.replace('.ts', '');
    const organizationId = await server.organization(`client-${name}`);
    const { default: run } = await import(pathToFileURL(join(folder, `${name}.js`)).href);
    answers[name] = await run(server.url, await server.token(organizationId), toHex24(organizationId));
  }
  expect(answers).toEqual({
    organizations: {
      statuses: [202, 200, 200, 404, 409],
      pending: 'pending',
      override: true,
      items: 0,
      name: true,
      listed: [true],
      next: null,
      code: 3001,
    },
    activityid: {
      statuses: [202, 200, 200, 200, 404],
      word: 'received',
      same: [true, true],
      message: 'Los procesos masivos que aún se conservan.',
      results: [],
      missing: 404,
    },
    actions: {
      statuses: [200, 201, 200, 200, 400, 200, 200],
      word: 'scheduled',
      atOnce: true,
      begun: null,
      listed: [true],
      problem: 400,
      ends: ['cancelled', true],
    },
    'task-v2': {
      statuses: [201, 200, 200, 200, 400, 204],
      word: 'pending',
      entity: null,
      found: [true],
      total: '1',
      response: '{"a": 1}',
    },
  });
});
