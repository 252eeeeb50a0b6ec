/** What dependency-cruiser (who imports whom: .dependency-cruiser.mjs) and knip (what nothing uses) cannot say. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../packages/console/src/say/en.ts';
import { es } from '../packages/console/src/say/es.ts';
import { shippedResources } from '../src/resources/shipped.ts';
import { listActions } from '../src/service/tasks/list-actions.ts';

const SRC = join(import.meta.dirname, '../src');
const CLIENT = join(import.meta.dirname, '../packages/client/src');
const CONSOLE = join(import.meta.dirname, '../packages/console/src');

function sources(folder = SRC): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.test\.ts$/.test(name),
  );
}

/** What a file of src loads with itself; types are not loaded. */
function loads(file: string): string[] {
  if (!file.endsWith('.ts')) return [];
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\b)(?:[^;'"]*?from\s+)?'([^']+)'/g);
  return [...found].map((match) => match[1] as string);
}

/** The folder of src that a file is in, or its own name when it is in none. */
function part(file: string): string {
  return file.split('/')[0] as string;
}

test('a command starts without what only a server needs', () => {
  const found = new Map<string, string[]>([['main.ts', []]]);
  // A map goes on with what is added while one goes through it.
  for (const [file, chain] of found) {
    for (const name of loads(file)) {
      const next = name.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), name)) : name;
      if (!found.has(next)) found.set(next, [...chain, file]);
    }
  }
  const heavy = ['fastify', 'oidc-provider', 'pg-boss', 'prom-client', 'resources/shipped.ts'].flatMap(
    (name) => found.get(name) ?? [],
  );
  expect(heavy).toEqual([]);
});

test('SQL stands where the database is: in store, targets, operations and auth, and where an embedded server is set up', () => {
  const speaking = sources().filter((file) => /(?<!request)\.query[<(]/.test(readFileSync(join(SRC, file), 'utf8')));
  expect([...new Set(speaking.map(part))].sort()).toEqual(['auth', 'embedded', 'operations', 'store', 'targets']);
});

test('only the configuration reads the environment', () => {
  const readers = sources().filter((file) => /process\.env\b/.test(readFileSync(join(SRC, file), 'utf8')));
  // Whoever starts a process hands the environment on.
  expect(readers.filter((file) => !['config/config.ts', 'boot/serve.ts'].includes(file))).toEqual([]);
});

test('the client runs in a browser: only what is for Node uses what Node has', () => {
  const ofNode = sources(CLIENT).filter((file) =>
    /\b(?:Buffer|process|setImmediate)\b[.(]/.test(readFileSync(join(CLIENT, file), 'utf8')),
  );
  expect(ofNode).toEqual([]);
});

test('the console asks the server through the client: only signing in and the pulse do without it', () => {
  const files = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.tsx?$/.test(name),
  );
  expect(files.length).toBeGreaterThan(100);
  const saying = (what: RegExp) => files.filter((file) => what.test(readFileSync(join(CONSOLE, file), 'utf8')));
  expect(saying(/\bfetch\(|XMLHttpRequest|EventSource/).sort()).toEqual(['frame/ConnectionNotice.tsx', 'session.ts']);
  // What others wrote is never markup.
  expect(saying(/dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write/)).toEqual([]);
});

test('the console has a name for every action, and the resources that come with the program for all that they have, in every language', () => {
  const verbs = new Set(listActions().map((action) => action.slice(0, action.indexOf('-'))));
  for (const { actions } of [en, es]) expect(Object.keys(actions).sort()).toEqual([...verbs].sort());
  const unnamed = shippedResources.flatMap(({ name, declaration: { fields, openbulk } }) => {
    const { labels, recordLabels, open, document } = openbulk;
    const shown = fields.filter((field) => !field.openbulk.unlisted);
    const named = [labels, recordLabels, ...[open, document].flatMap((part) => (part ? [part.labels] : []))];
    const all = [...named, ...shown.map((field) => field.openbulk.labels)];
    return all.every((texts) => texts?.en && texts.es) ? [] : [name];
  });
  expect(unnamed).toEqual([]);
});
