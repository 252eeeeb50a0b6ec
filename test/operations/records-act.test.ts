import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Change } from '../../src/operations/act/change-records.ts';
import { planChange, readChange } from '../../src/operations/act/open.ts';
import { openRecords } from '../../src/operations/act/open-records.ts';
import { openRevert } from '../../src/operations/act/open-revert.ts';
import type { Work } from '../../src/operations/work.ts';
import type { Resource } from '../../src/resources/resource.ts';
import { shippedResource } from '../../src/resources/shipped.ts';
import { compileStored } from '../../src/resources/stored.ts';
import { createOrganization } from '../../src/service/platform/organizations.ts';
import { inTransaction } from '../../src/store/connection/pool.ts';
import { newId } from '../../src/task/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { runs } from '../support/runs.ts';

vi.setConfig({ testTimeout: 240_000 });

let database: TestDatabase;
let organizationId: string;
let otherId: string;

const KEYS = ['k1', 'k2', 'k3', 'k4', 'k5'];
/** What the table of an owner refuses. */
const REFUSED = '3';

beforeAll(async () => {
  database = await createTestDatabase();
  organizationId = (await createOrganization(database, { slug: 'acme' })).id;
  otherId = (await createOrganization(database, { slug: 'other' })).id;
  await database.pool.query(
    `create table law (tenant text not null, k text not null, a text, b integer check (b <> ${REFUSED}), primary key (tenant, k))`,
  );
});
afterAll(() => database.drop());

/** A table, and its columns `a` and `b`. */
interface Table {
  readonly resource: Resource;
  readonly a: string;
  readonly b: string;
  readonly refuses: boolean;
  /** Has the records of both organizations, without values. */
  fill(): Promise<void>;
  /** What the records of an organization have, in the order of their keys. */
  stored(organizationId: string): Promise<[string, string | null, string | null][]>;
  /** Somebody else's change. */
  write(key: string, a: string): Promise<void>;
}

function adopted(): Table {
  const declaration = {
    fields: [{ name: 'k' }, { name: 'a' }, { name: 'b', type: 'integer' }],
    primaryKey: 'k',
    openbulk: { name: 'law', table: 'law', organization: 'tenant' },
  };
  const stored = {
    id: newId(),
    organizationId,
    declaration: JSON.stringify(declaration),
    schema: 'public',
    table: 'law',
  };
  const slug = (id: string) => (id === organizationId ? 'acme' : 'other');
  return {
    ...{ resource: compileStored(stored) as Resource, a: 'a', b: 'b', refuses: true },
    async fill() {
      await database.pool.query('delete from law');
      await database.pool.query(
        `insert into law select t, k from unnest(array['acme', 'other']) t, unnest($1::text[]) k`,
        [KEYS],
      );
    },
    async stored(id) {
      const text = 'select k, a, b::text from law where tenant = $1 order by k';
      const { rows } = await database.pool.query<[string, string, string]>({
        text,
        values: [slug(id)],
        rowMode: 'array',
      });
      return rows;
    },
    async write(key, a) {
      await database.pool.query(`update law set a = $2 where tenant = 'acme' and k = $1`, [key, a]);
    },
  };
}

/** Devices are one of the tables of ours. */
function ours(): Table {
  return {
    ...{ resource: shippedResource('devices'), a: 'vendor', b: 'vlan', refuses: false },
    async fill() {
      await database.pool.query('delete from devices');
      const ids = KEYS.flatMap(() => [newId(), newId()]);
      await database.pool.query(
        `insert into devices (id, organization_id, key, mac) select i.id, o.id, k.k, k.k
         from unnest($2::text[]) with ordinality k(k, n), unnest($3::uuid[]) with ordinality o(id, m),
           unnest($1::uuid[]) with ordinality i(id, l) where i.l = (k.n - 1) * 2 + o.m`,
        [ids, KEYS, [organizationId, otherId]],
      );
    },
    async stored(id) {
      const text = 'select mac, vendor, vlan::text from devices where organization_id = $1 order by mac';
      const { rows } = await database.pool.query<[string, string, string]>({ text, values: [id], rowMode: 'array' });
      return rows;
    },
    async write(key, a) {
      await database.pool.query('update devices set vendor = $3 where organization_id = $1 and mac = $2', [
        organizationId,
        key,
        a,
      ]);
    },
  };
}

type Value = string | null;

/** What a column was set to for a time, and what it stands on: another such, or what was there. */
interface Layer {
  readonly value: Value;
  readonly until: number;
  readonly order: number;
  readonly below: Layer | { readonly plain: Value };
  ended: boolean;
}

/** A column of a record by the plainest rules: what it stands on is looked for when it is needed. */
class OracleColumn {
  value: Value = null;
  #layers: Layer[] = [];

  set(value: Value, time?: { readonly until: number; readonly order: number }): void {
    if (time) {
      const top = this.#layers.at(-1);
      const below = top?.value === this.value ? top : { plain: this.value };
      this.#layers.push({ value, ...time, below, ended: false });
    } else this.#layers = [];
    this.value = value;
  }

  /** Ends the layer that was put so, if it is there. */
  end(order: number): void {
    const layer = this.#layers.find((one) => one.order === order);
    if (!layer) return;
    layer.ended = true;
    const wasTop = this.#layers.at(-1) === layer;
    this.#layers = this.#layers.filter((one) => one !== layer);
    if (wasTop && this.value === layer.value) this.value = resolve(layer.below);
  }
}

function resolve(below: Layer['below']): Value {
  if ('plain' in below) return below.plain;
  return below.ended ? resolve(below.below) : below.value;
}

interface Pace {
  readonly size: number;
  readonly limit: number;
}

type Command =
  | ({
      readonly kind: 'set';
      readonly a?: Value;
      readonly b?: Value;
      readonly on: readonly string[];
      readonly until: number | null;
    } & Pace)
  | ({ readonly kind: 'delete'; readonly on: readonly string[] } & Pace)
  | { readonly kind: 'write'; readonly key: string }
  | { readonly kind: 'wait'; readonly minutes: number };

const on = fc.subarray(KEYS, { minLength: 1 });
const pace = {
  size: fc.integer({ min: 1, max: 6 }),
  limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: 0, freq: 1 }),
};
const columns = fc.oneof(
  fc.record({ a: fc.constantFrom('x', 'y', null) }),
  fc.record({ b: fc.constantFrom('1', '2', REFUSED, null) }),
  fc.record({ a: fc.constantFrom('x', 'y'), b: fc.constantFrom('1', REFUSED) }),
);
const set = fc
  .record({
    kind: fc.constant('set' as const),
    on,
    until: fc.option(fc.integer({ min: -2, max: 20 }), { freq: 3 }),
    ...pace,
  })
  .chain((command) => columns.map((given) => ({ ...command, ...given }) as Command));
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: set },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), on, ...pace }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('write' as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 15 }) }) },
);

const MINUTE = 60_000;

/** Takes the steps of a task to its end. @returns how many records it changed */
async function workThrough(work: Work, size: number): Promise<number> {
  for (let changed = 0; ; ) {
    const step = await work.next(size);
    const { outcomes, done } = await inTransaction(database.pool, (tx) => step.apply(tx, () => {}));
    changed += outcomes.updated.length + outcomes.deleted.length;
    if (done) return changed;
  }
}

const START = { offset: 0, line: 1 };

interface Due {
  readonly id: string;
  readonly until: number;
  readonly order: number;
  readonly change: Change;
}

/** Sets or deletes as a task does. @returns how many records changed, and the task that is to put them back */
async function run(table: Table, step: Command & Pace & { on: readonly string[] }, now: number, order: number) {
  const { resource } = table;
  const { pool } = database;
  const type = step.kind === 'set' ? 'set' : 'delete';
  const values =
    step.kind === 'set'
      ? { ...('a' in step && { [table.a]: step.a }), ...('b' in step && { [table.b]: step.b }) }
      : undefined;
  const change = (await readChange(pool, { resource, organizationId }, { type, values })) as Change;
  const plan = await planChange(pool, { read: (work) => work(pool) }, organizationId, change);
  const taskId = newId();
  await pool.query(
    `insert into tasks (id, organization_id, operation, action, origin, config, created_by)
     values ($1, $2, 'act', $3, 'actions', '{}', '{}')`,
    [taskId, organizationId, `${type}-${resource.name}`],
  );
  const until = step.kind === 'set' && step.until !== null ? now + step.until * MINUTE : undefined;
  const timed = until === undefined ? undefined : { until: new Date(until), revertId: newId() };
  const key = resource.key.columns[0] as string;
  const act = {
    ...{
      resource,
      organizationId,
      change,
      plan,
      newest: resource.adopted ? '["k9"]' : 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    },
    criteria: { field: key, op: 'in' as const, value: step.on },
    config: { type, criteria: {}, durationSeconds: 0, reason: '', maxLimit: step.limit, previewCount: 0 } as const,
    ...(timed && { timed }),
  };
  const work = openRecords(act, { taskId, there: undefined, clock: () => new Date(now) }, START);
  const changed = await workThrough(work, step.size);
  const due: Due | undefined = timed && until !== undefined ? { id: timed.revertId, until, order, change } : undefined;
  return { changed, due };
}

test.for([
  ['of ours', ours],
  ['of somebody else', adopted],
] as const)(
  'whatever is set and deleted in a table %s, and whenever it ends, records are what the plainest rules say',
  async ([, make]) => {
    const table = make();
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 3, maxLength: 14 }), async (commands) => {
        await database.pool.query('delete from tasks');
        await table.fill();
        const before = await table.stored(otherId);
        const oracle = new Map(KEYS.map((key) => [key, { a: new OracleColumn(), b: new OracleColumn() }]));
        let now = Date.parse('2026-06-01T00:00:00Z');
        let due: Due[] = [];
        for (const [order, step] of commands.entries()) {
          if (step.kind === 'wait') {
            now += step.minutes * MINUTE;
            const over = due.filter(({ until }) => until <= now).sort((x, y) => x.until - y.until || x.order - y.order);
            due = due.filter(({ until }) => until > now);
            for (const { id, change, order: put } of over) {
              const plan = await planChange(
                database.pool,
                { read: (work) => work(database.pool) },
                organizationId,
                change,
              );
              await workThrough(openRevert({ taskId: id, organizationId, change, plan }, START), 2);
              for (const { a, b } of oracle.values()) for (const column of [a, b]) column.end(put);
            }
          } else if (step.kind === 'write') {
            // Of nobody who sets for a time.
            await table.write(step.key, `w${order}`);
            const record = oracle.get(step.key);
            if (record) record.a.value = `w${order}`;
          } else {
            const { changed, due: next } = await run(table, step, now, order);
            if (next) due.push(next);
            expect(changed).toBe(plainly(oracle, table, step, now, order));
          }
          const expected = [...oracle].map(([key, { a, b }]) => [key, a.value, b.value]);
          expect(await table.stored(organizationId)).toEqual(expected);
        }
        expect(await table.stored(otherId)).toEqual(before);
      }),
      { numRuns: runs(200) },
    );
  },
);

/** The same one record after the other. @returns how many changed */
function plainly(
  oracle: Map<string, { readonly a: OracleColumn; readonly b: OracleColumn }>,
  { refuses }: Table,
  step: Extract<Command, Pace>,
  now: number,
  order: number,
): number {
  const until = step.kind === 'set' && step.until !== null ? now + step.until * MINUTE : undefined;
  if (until !== undefined && until <= now) return 0;
  let changed = 0;
  for (const [key, record] of [...oracle]) {
    if (!step.on.includes(key)) continue;
    if (step.kind === 'delete') {
      oracle.delete(key);
      changed += 1;
    } else {
      if (refuses && step.b === REFUSED) continue;
      const differs = ('a' in step && record.a.value !== step.a) || ('b' in step && record.b.value !== step.b);
      const time = until === undefined ? undefined : { until, order };
      if ('a' in step) record.a.set(step.a ?? null, time);
      if ('b' in step) record.b.set(step.b ?? null, time);
      changed += differs ? 1 : 0;
    }
    if (step.limit > 0 && changed === step.limit) return changed;
  }
  return changed;
}
