import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool, Queryable, Transaction } from '../connection/pool.ts';
import { inTransaction } from '../connection/pool.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../migrations');
/** The key of the advisory lock that lets one process migrate at a time ("openbulk" in ASCII, cut to 63 bits). */
const LOCK = '8029464465138510187';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The database cannot be used by this program; the message says why and what to do. */
class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** The numbered files of `folder` (default: this program's migrations), in order. */
export async function readMigrations(folder = MIGRATIONS): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      return { version: Number(name.slice(0, 4)), name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings the database to this program's version. Safe from any number of processes at once: an advisory lock makes them
 * take turns, and each file is one transaction together with its mark.
 *
 * @returns the names of the migrations that were applied now
 * @throws MigrationError when the database is newer than the program, an applied file was changed since, or the role may not make
 *   the schema that workers need
 */
export async function migrate(pool: Pool, migrations?: Migration[]): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations());
  const applied: string[] = [];
  // One transaction a file, each under the lock: a long line of files does not hold up those who only check.
  for (;;) {
    const done = await inTransaction(pool, async (tx) => {
      tx.send({ text: 'select pg_advisory_xact_lock($1)', values: [LOCK] });
      const marks = await readMarks(tx);
      refuseIfStrange(marks, wanted);
      const next = wanted.find(({ version }) => !marks.has(version));
      await refuseWithoutQueue(tx);
      if (!next) return undefined;
      await tx.script(next.sql);
      await tx.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [
        next.version,
        next.name,
        next.checksum,
      ]);
      return next.name;
    });
    if (done === undefined) return applied;
    applied.push(done);
  }
}

/** pg-boss makes its own schema, when a worker first needs it: too late to say that the role may not. */
async function refuseWithoutQueue(tx: Transaction): Promise<void> {
  const { rows } = await tx.query<{ may: boolean; role: string; database: string }>(
    `select to_regnamespace('pgboss') is not null or has_database_privilege(current_database(), 'create') as may,
       quote_ident(current_user) as role, quote_ident(current_database()) as database`,
  );
  const [{ may, role, database } = { may: true, role: '', database: '' }] = rows;
  if (may) return;
  throw new MigrationError(
    `The role ${role} is not allowed to create the schema pgboss, which schedules sweeps. As an administrator, run either ` +
      `"grant create on database ${database} to ${role}" or "create schema pgboss authorization ${role}" there.`,
  );
}

/** Whether the database answers and has our tables. */
export async function hasTables(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>(`select to_regclass('tasks') is not null as there`);
  return rows[0]?.there === true;
}

async function readMarks(tx: Transaction): Promise<Map<number, { name: string; checksum: string }>> {
  tx.send(`create table if not exists schema_migrations (
    version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
  const { rows } = await tx.query<{ version: number; name: string; checksum: string }>(
    'select version, name, checksum from schema_migrations',
  );
  return new Map(rows.map((row) => [row.version, row]));
}

function refuseIfStrange(marks: Map<number, { name: string; checksum: string }>, wanted: Migration[]): void {
  const known = new Map(wanted.map((migration) => [migration.version, migration]));
  for (const [version, mark] of marks) {
    const migration = known.get(version);
    if (!migration) {
      throw new MigrationError(
        `The database is newer than this program: it has migration ${mark.name}, and the program's latest is ` +
          `${Math.max(0, ...known.keys())}. Start the newer OpenBulk, or use another database.`,
      );
    }
    if (migration.checksum !== mark.checksum) {
      throw new MigrationError(
        `Migration ${mark.name} was changed after this database applied it. Restore the file, and put changes into a new migration.`,
      );
    }
  }
}
