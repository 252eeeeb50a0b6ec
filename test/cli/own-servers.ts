import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QueryResult } from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { failAt } from '../support/crashes/fail-at.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Command, type Ended, endCommands, openbulk, temporaryFolder } from './command.ts';

export const ITEMS = ['--action', 'import-inventory-items'] as const;

/** Two rows at a time with a pause before they are committed, so that an import of some hundred rows takes seconds. */
export const SLOW = {
  OPENBULK_CHUNK_ROWS: '2',
  OPENBULK_SLICE_MS: '200',
  ...failAt('before-commit=block:20@always'),
};

/** Commands that start a server of their own. */
export interface OwnServers {
  start(args: readonly string[], env?: Record<string, string>, input?: string): Command;
  run(...args: string[]): Promise<Ended>;
  /** Makes a file in the folder in which they run. @returns its name */
  file(name: string, content: string): Promise<string>;
  /** Asks their database. */
  query(sql: string, values?: unknown[]): Promise<QueryResult>;
}

/** Where the programs of a file's tests run. */
export interface OwnPlace {
  readonly database: TestDatabase;
  readonly folder: Awaited<ReturnType<typeof temporaryFolder>>;
}

/** One database and one folder for the programs of a file's tests, which are ended after each test; called once, at its top. */
export function ownPlace(): OwnPlace {
  let database: TestDatabase;
  let folder: OwnPlace['folder'];
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await temporaryFolder();
  });
  afterEach(endCommands);
  afterAll(async () => {
    await folder.remove();
    await database.drop();
  });
  return {
    get database() {
      return database;
    },
    get folder() {
      return folder;
    },
  };
}

/** Commands in a place of their own; called once, at the top of a file. */
export function ownServers(): OwnServers {
  const place = ownPlace();
  const start: OwnServers['start'] = (args, env = {}, input) =>
    openbulk(args, {
      cwd: place.folder.path,
      env: { DATABASE_URL: place.database.url, OPENBULK_DATA: place.folder.path, ...env },
      ...(input !== undefined && { input }),
    });
  return {
    start,
    run: (...args) => start(args).ended,
    async file(name, content) {
      await writeFile(join(place.folder.path, name), content);
      return name;
    },
    query: (sql, values) => place.database.pool.query(sql, values),
  };
}
