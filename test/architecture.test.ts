import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../packages/console/src/say/en.ts';
import { es } from '../packages/console/src/say/es.ts';
import { listActions } from '../src/service/tasks/list-actions.ts';

const SRC = join(import.meta.dirname, '../src');
const CLIENT = join(import.meta.dirname, '../packages/client/src');
const CONSOLE = join(import.meta.dirname, '../packages/console/src');

/** Which folder of src may import which; `boot` puts the parts together and may import all. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  task: [],
  embedded: [],
  resources: ['task'],
  readers: ['task'],
  files: ['task', 'readers'],
  store: ['task', 'resources'],
  operations: ['task', 'resources', 'readers', 'files', 'store'],
  engine: ['task', 'resources', 'readers', 'files', 'store', 'operations'],
  service: ['task', 'resources', 'readers', 'files', 'store', 'operations'],
  auth: ['task', 'store'],
  api: ['task', 'service', 'files', 'auth'],
  boot: [
    'task',
    'embedded',
    'resources',
    'readers',
    'files',
    'store',
    'operations',
    'engine',
    'service',
    'auth',
    'api',
    'config.ts',
  ],
  cli: ['task', 'service', 'auth', 'boot', 'config.ts', '../packages/client/src/index.ts'],
  'config.ts': [],
  'main.ts': ['cli'],
};

function sources(folder = SRC): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.test\.ts$/.test(name),
  );
}

/** @param kind `static`: only what is loaded with the file itself; types are not */
function imports(file: string, folder = SRC, kind: 'all' | 'static' = 'all'): string[] {
  if (!file.endsWith('.ts')) return [];
  const text = readFileSync(join(folder, file), 'utf8');
  if (kind === 'static') {
    const loaded = text.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\b)(?:[^;'"]*?from\s+)?'([^']+)'/g);
    return [...loaded].map((match) => match[1] as string);
  }
  return [...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? (match[2] as string),
  );
}

/** The folder of src that a file is in, or its own name when it is in none of src. */
function part(file: string): string {
  return file.startsWith('../') ? file : (file.split('/')[0] as string);
}

test('every part imports only the parts that the design allows it', () => {
  const broken = sources().flatMap((file) => {
    const own = part(file);
    const used = imports(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => relative(SRC, resolve(SRC, dirname(file), name)));
    return used
      .filter((target) => part(target) !== own && !MAY_IMPORT[own]?.includes(part(target)))
      .map((target) => `${file} imports ${target}`);
  });
  expect(broken).toEqual([]);
});

test('a command starts without what only a server needs', () => {
  const found = new Map<string, string[]>([['main.ts', []]]);
  // A map goes on with what is added while one goes through it.
  for (const [file, chain] of found) {
    for (const name of imports(file, SRC, 'static')) {
      const next = name.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), name)) : name;
      if (!found.has(next)) found.set(next, [...chain, file]);
    }
  }
  const heavy = ['fastify', 'oidc-provider', 'pg-boss', 'prom-client'].flatMap((name) => found.get(name) ?? []);
  expect(heavy).toEqual([]);
});

test('no dialect imports another', () => {
  const broken = sources().flatMap((file) => {
    const own = /^api\/dialects\/([^/]+)\//.exec(file)?.[1];
    if (!own) return [];
    const others = imports(file).map(
      (name) => /^api\/dialects\/([^/]+)\//.exec(relative(SRC, resolve(SRC, dirname(file), name)))?.[1],
    );
    return others.filter((other) => other && other !== own).map((other) => `${file} imports the dialect ${other}`);
  });
  expect(broken).toEqual([]);
});

test('SQL stands where the database is: in store, operations and auth, and where an embedded server is set up', () => {
  const speaking = sources().filter((file) => /(?<!request)\.query[<(]/.test(readFileSync(join(SRC, file), 'utf8')));
  expect([...new Set(speaking.map(part))].sort()).toEqual(['auth', 'embedded', 'operations', 'store']);
});

test('only the configuration reads the environment', () => {
  const readers = sources().filter((file) => /process\.env\b/.test(readFileSync(join(SRC, file), 'utf8')));
  // Whoever starts a process hands the environment on.
  expect(readers.filter((file) => !['config.ts', 'boot/serve.ts'].includes(file))).toEqual([]);
});

test('task is pure: it imports nothing but itself and the random numbers of ids', () => {
  const outside = sources()
    .filter((file) => part(file) === 'task')
    .flatMap((file) => imports(file).filter((name) => !name.startsWith('./')));
  expect(outside).toEqual(['node:crypto']);
});

test('the client stands alone: it imports only itself, and only what is for Node uses what Node has', () => {
  const outside = sources(CLIENT).flatMap((file) =>
    imports(file, CLIENT)
      .filter(
        (name) => relative(CLIENT, resolve(CLIENT, dirname(file), name)).startsWith('..') || !name.startsWith('.'),
      )
      .map((name) => `${file} imports ${name}`),
  );
  expect(outside).toEqual(['node.ts imports node:fs', 'node.ts imports node:path']);
  const ofNode = sources(CLIENT).filter((file) =>
    /\b(?:Buffer|process|setImmediate)\b[.(]/.test(readFileSync(join(CLIENT, file), 'utf8')),
  );
  expect(ofNode).toEqual([]);
  // What a page takes in does not lead there.
  expect(sources(CLIENT).filter((file) => imports(file, CLIENT).includes('./node.ts'))).toEqual([]);
});

test('the console stands on the client: it takes nothing of the server, and only signing in and the pulse do without it', () => {
  const files = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.tsx?$/.test(name),
  );
  expect(files.length).toBeGreaterThan(100);
  const outside = files.flatMap((file) =>
    imports(file, CONSOLE).filter((name) => relative(CONSOLE, resolve(CONSOLE, dirname(file), name)).startsWith('..')),
  );
  expect(outside).toEqual([]);
  const saying = (what: RegExp) => files.filter((file) => what.test(readFileSync(join(CONSOLE, file), 'utf8')));
  expect(saying(/\bfetch\(|XMLHttpRequest|EventSource/).sort()).toEqual(['frame/ConnectionNotice.tsx', 'session.ts']);
  // What others wrote is never markup.
  expect(saying(/dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write/)).toEqual([]);
});

test('the console has a name for every action, in every language', () => {
  for (const { actions } of [en, es]) expect(Object.keys(actions).sort()).toEqual(listActions().sort());
});
