import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import type { Meter } from '../../src/engine/meter.ts';
import type { SliceTracer } from '../../src/engine/tracer.ts';
import { runWorker } from '../../src/engine/worker.ts';
import { openDiskStore } from '../../src/files/disk.ts';
import type { FileStore } from '../../src/files/file-store.ts';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import type { AskedTask, Asker } from '../../src/service/platform/rights.ts';
import { withIntake } from '../../src/service/submit/intake.ts';
import { submitUpload } from '../../src/service/submit/submit-upload.ts';
import type { Pool } from '../../src/store/connection/pool.ts';
import type { Elsewhere } from '../../src/store/elsewhere/databases.ts';
import { openTurns, type Turns } from '../../src/store/queue/turns.ts';
import { findTask } from '../../src/store/tasks/tasks.ts';
import { isTerminal } from '../../src/task/lifecycle.ts';
import { ALL_PERMISSIONS } from '../../src/task/permissions.ts';
import type { ImportConfig, Submitter, Task } from '../../src/task/task.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export const somebody: Submitter = { id: '00000000-0000-8000-8000-000000000000', fullName: 'Test' };

/** Somebody who may do everything. */
export const anyone: Asker = { permissions: new Set(ALL_PERMISSIONS), through: 'organizations' };

/** A task, asked for by somebody who may do everything. */
export function asked<T extends Omit<AskedTask, 'asker'>>(task: T): T & AskedTask {
  return { ...task, asker: anyone };
}

/** A database, a file store and the queue, as a server process has them. */
export interface Bench {
  readonly database: TestDatabase;
  readonly pool: Pool;
  readonly files: FileStore;
  readonly turns: Turns;
  readonly dataDir: string;
  /** Makes an organization and gives its id. */
  organization(slug: string): Promise<string>;
  submit(
    organizationId: string,
    action: string,
    content: string | Buffer,
    config?: Partial<ImportConfig>,
  ): Promise<Task>;
  /** Runs a worker in this process while `body` runs. */
  working<T>(
    body: () => Promise<T>,
    options?: {
      chunkRows?: number;
      sliceMilliseconds?: number;
      sweepMinutes?: number;
      clock?: () => Date;
      meter?: Meter;
      tracer?: SliceTracer;
      elsewhere?: Elsewhere;
      /** Of the worker. */
      name?: string;
      /** What it logs. */
      log?: Logger;
    },
  ): Promise<T>;
  /** Waits until a task is over. */
  finished(task: Task, milliseconds?: number): Promise<Task>;
  /** Waits until a task that another organization submits now is over: whatever the worker was to do before is done, or was left. */
  othersServed(): Promise<void>;
  /** Waits until a statement waits for a lock in the database. */
  lockAwaited(): Promise<void>;
  close(): Promise<void>;
}

/** @param server URL of a database on the server to use; not given: the one the suite runs against */
export async function openBench(server?: string): Promise<Bench> {
  const database = await createTestDatabase(server ? { server } : {});
  const { pool } = database;
  const dataDir = await mkdtemp(join(tmpdir(), 'openbulk-test-'));
  const files = await openDiskStore(join(dataDir, 'files'));
  const turns = openTurns({ pool, shareMilliseconds: 1_000 });
  let others = 0;

  const bench: Bench = {
    database,
    pool,
    files,
    turns,
    dataDir,
    organization: async (slug) => (await createOrganization({ pool }, { slug })).id,
    async submit(organizationId, action, content, config = {}) {
      return withIntake({ pool, files }, organizationId, async (intake) => {
        const stored = await intake.put(
          (async function* () {
            yield Buffer.from(content as string);
          })(),
        );
        const order = {
          operation: 'import' as const,
          origin: 'organizations',
          organizationId,
          action,
          config: { override: false, ...config },
          upload: { ...stored, originalName: 'test.csv', mimetype: 'text/csv' },
          createdBy: somebody,
        };
        return submitUpload({ pool, turns, intake }, order, (task) => task);
      });
    },
    async working(
      body,
      {
        chunkRows = 5_000,
        sliceMilliseconds = 1_000,
        sweepMinutes = 59,
        clock,
        meter = () => {},
        tracer,
        elsewhere,
        name = 'test',
        log = pino({ level: 'silent' }),
      } = {},
    ) {
      const stop = new AbortController();
      const worker = runWorker({
        pool,
        databaseUrl: database.url,
        files,
        ...(elsewhere && { elsewhere }),
        log,
        meter,
        ...(tracer && { tracer }),
        name,
        chunkRows,
        sliceMilliseconds,
        retention: { results: 30, summary: 30 },
        sweepMinutes,
        ...(clock && { clock }),
        stop: stop.signal,
      });
      try {
        return await Promise.race([body(), worker.then(() => Promise.reject(new Error('the worker ended')))]);
      } finally {
        stop.abort();
        await worker;
      }
    },
    async finished(task, milliseconds = 120_000) {
      for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(20)) {
        const now = await findTask(pool, task.organizationId, task.id);
        if (now && isTerminal(now.status)) return now;
      }
      throw new Error(`task ${task.id} is not over after ${milliseconds} ms`);
    },
    async othersServed() {
      others += 1;
      const theirs = await bench.organization(`others-${others}`);
      const { status } = await bench.finished(
        await bench.submit(theirs, 'import-inventory-items', 'basic.name,basic.type,identifiers.serialNumber\nA,b,c\n'),
      );
      if (status !== 'completed') throw new Error(`The task of others is ${status}.`);
    },
    async lockAwaited() {
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await pool.query(waiting)).rowCount === 0) await sleep(5);
    },
    async close() {
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return bench;
}
